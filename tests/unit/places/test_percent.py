import pytest

from router.places.percent import decode_form, decode_unreserved, encode_foreign


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        (b"plain", b"plain"),
        (b"two+words", b"two words"),
        (b"%2B%20%25", b"+ %"),
        (b"%c3%A9", b"\xc3\xa9"),
        (b"%zz%4", b"%zz%4"),
        (b"%2541", b"%41"),
    ],
)
def test_a_form_value_is_decoded_once_and_a_broken_escape_stays(raw: bytes, meant: bytes) -> None:
    assert decode_form(raw) == meant


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        (b"%61%2E%7e%5F%2d", b"a.~_-"),
        (b"%2f%3f%c3%a9", b"%2F%3F%C3%A9"),
        (b"%2541", b"%2541"),
        (b"a+b", b"a+b"),
    ],
)
def test_only_what_needed_no_escape_is_decoded_in_a_path(raw: bytes, meant: bytes) -> None:
    assert decode_unreserved(raw) == meant


def test_a_path_in_the_config_may_be_written_in_any_script() -> None:
    assert encode_foreign("/é b%20") == b"/%C3%A9%20b%20"
