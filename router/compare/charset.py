"""Bytes as text, also where they are none.

Whatever a charset cannot say is written out as an escape; replacing it by one mark for all would
make two broken answers equal.
"""

import codecs
from functools import lru_cache
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # it begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CODECS: Final = frozenset(
    {
        "ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
        "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "shift_jis", "euc_jp", "iso2022_jp",
        "euc_kr", "koi8-r", "koi8-u", "mac-roman", "tis-620",
        *(f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))),
        *(f"cp{page}" for page in (437, 850, 866, 874, 932, 949, 950, *range(1250, 1259))),
    }
)  # fmt: skip
"""What charsets mean here. Python has codecs that are no charsets, and some of them are slow."""

_LONGEST: Final = 40
"""Characters of a charset's name."""


def text_of(body: bytes, charset: str) -> str | None:
    """Decode by the byte order mark, else by the charset, else as UTF-8; None if it is unknown."""
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, "backslashreplace")
    codec = codec_of(charset) if charset else "utf-8"
    return None if codec is None else body.decode(codec, "backslashreplace")


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """Return the codec of a charset's name, None if there is none."""
    if len(charset) > _LONGEST or not charset.isascii():
        return None
    try:
        name = codecs.lookup(charset).name
    except LookupError:
        return None
    return name if name in _CODECS else None
