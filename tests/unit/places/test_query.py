import pytest

from router.places.query import parameters


@pytest.mark.parametrize(
    ("target", "values"),
    [
        (b"/?user=7", [b"7"]),
        (b"/a?x=1&user=7&y", [b"7"]),
        (b"/?user=two+words%21", [b"two words!"]),
        (b"/?%75ser=7", [b"7"]),
        (b"/?user=a%26b%3Dc", [b"a&b=c"]),
        (b"/?user=a=b", [b"a=b"]),
        (b"/?user", [b""]),
        (b"/?user=", [b""]),
        (b"/?user=7&user=8", [b"7", b"8"]),
        (b"/?a=1?user=7", []),
        (b"/?User=7", []),
        (b"/user=7", []),
        (b"/?", []),
        (b"/", []),
        (b"*", []),
    ],
)
def test_a_parameter_is_found_as_forms_are_read(target: bytes, values: list[bytes]) -> None:
    assert list(parameters(target, b"user")) == values
