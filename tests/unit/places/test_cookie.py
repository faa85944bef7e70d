import pytest

from router.places.cookie import cookies


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ([b"session=7"], [b"7"]),
        ([b"a=1; session=7; b=2"], [b"7"]),
        ([b"a=1;session=7"], [b"7"]),
        ([b"  a=1 ;  session = 7  ;"], [b"7"]),
        ([b'session="7"'], [b"7"]),
        ([b'session="'], [b'"']),
        ([b"session=a=b=="], [b"a=b=="]),
        ([b"session="], [b""]),
        ([b"a=1", b"session=7"], [b"7"]),
        ([b"session=7; session=8", b"session=9"], [b"7", b"8", b"9"]),
        ([b"session"], []),
        ([b"mysession=7; session2=8"], []),
        ([b"a=session=7"], []),
        ([b"Session=7"], []),
        ([b""], []),
        ([b";;=;"], []),
        ([], []),
    ],
)
def test_a_cookie_is_found_as_servers_find_it(lines: list[bytes], values: list[bytes]) -> None:
    fields = [(b"host", b"session=no"), *((b"cookie", line) for line in lines)]
    assert list(cookies(fields, b"session")) == values
