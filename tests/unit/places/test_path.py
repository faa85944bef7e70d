import pytest

from router.places.path import path_of


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", b"/"),
        (b"/v1/tickets", b"/v1/tickets"),
        (b"/v1/?a=/../b//c%61", b"/v1/"),
        (b"/a/../admin", b"/admin"),
        (b"/%61dmin", b"/admin"),
        (b"//admin", b"/admin"),
        (b"/a//../admin", b"/admin"),
        (b"/a/%2e%2E/admin", b"/admin"),
        (b"/a/.%2e/admin", b"/admin"),
        (b"/../../admin", b"/admin"),
        (b"/./admin/.", b"/admin/"),
        (b"/a/b/..", b"/a/"),
        (b"/..", b"/"),
        (b"/.", b"/"),
        (b"/.well-known/x", b"/.well-known/x"),
        (b"/...", b"/..."),
        (b"/a..b/c.", b"/a..b/c."),
        (b"/a%2fb", b"/a%2Fb"),
        (b"/a%252e%252e/b", b"/a%252e%252e/b"),
        (b"*", b""),
    ],
)
def test_every_spelling_of_a_path_is_matched_as_the_path_it_means(
    target: bytes, path: bytes
) -> None:
    assert path_of(target) == path
