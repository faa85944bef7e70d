import codecs

import pytest

from router.compare.charset import codec_of, text_of


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("Käse".encode(), "", "Käse"),
        ("Käse".encode("latin-1"), "iso-8859-1", "Käse"),
        ("Käse €".encode("cp1252"), "windows-1252", "Käse €"),
        ("Käse".encode("utf-16"), "", "Käse"),
        ("Käse".encode("utf-16"), "utf-16", "Käse"),
        ("Käse".encode("utf-16-be"), "utf-16be", "Käse"),
        (codecs.BOM_UTF32_LE + "Käse".encode("utf-32-le"), "", "Käse"),
        (codecs.BOM_UTF8 + b"cheese", "iso-8859-1", "cheese"),
        ("寿司".encode("shift_jis"), "shift_jis", "寿司"),
        (b"", "", ""),
    ],
)
def test_a_text_is_read_by_its_mark_or_its_charset(body: bytes, charset: str, text: str) -> None:
    assert text_of(body, charset) == text


def test_different_bytes_that_are_no_text_stay_different() -> None:
    assert text_of(b"caf\xe9", "utf-8") == r"caf\xe9"
    assert text_of(b"caf\xe8", "utf-8") != text_of(b"caf\xe9", "utf-8")


@pytest.mark.parametrize(
    "charset",
    ["klingon", "hex", "zlib", "rot13", "punycode", "unicode_escape", "undefined", "ß", "x" * 1000],
)
def test_what_is_no_charset_reads_nothing(charset: str) -> None:
    assert text_of(b"cheese", charset) is None


@pytest.mark.parametrize("name", ["utf8", "UTF-8", "latin1", "us-ascii", "gb18030", "koi8-r"])
def test_charsets_have_many_names(name: str) -> None:
    assert codec_of(name) is not None
