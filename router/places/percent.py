"""Percent-encoding (RFC 3986, 2.1) in the two depths that are needed.

A value is decoded whole. A path is decoded only where that cannot change its meaning: `%2F` is not
the same as `/`, but `%61` is the same as `a`.
"""

import re
from typing import Final

_ESCAPE: Final = re.compile(rb"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)

_VISIBLE: Final = range(0x21, 0x7F)


def decode_form(raw: bytes) -> bytes:
    """Decode a name or value of a query: `+` is a space, and a broken escape stays as it is."""
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    return _ESCAPE.sub(_whole, raw) if b"%" in raw else raw


def decode_unreserved(raw: bytes) -> bytes:
    """Decode what needed no escape, and write the other escapes in capitals (RFC 3986, 6.2.2)."""
    return _ESCAPE.sub(_if_unreserved, raw)


def encode_foreign(text: str) -> bytes:
    """Escape what no path may hold as it is: control bytes, space, non-ASCII."""
    return b"".join(
        b"%c" % byte if byte in _VISIBLE else b"%%%02X" % byte for byte in text.encode()
    )


def _whole(escape: re.Match[bytes]) -> bytes:
    return bytes((int(escape[0][1:], 16),))


def _if_unreserved(escape: re.Match[bytes]) -> bytes:
    byte = int(escape[0][1:], 16)
    return bytes((byte,)) if byte in _UNRESERVED else escape[0].upper()
