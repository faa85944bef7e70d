"""How the key of the vault is written: 32 bytes, as hex or Base64. Nothing here repeats it."""

import base64
import binascii
import re
from typing import Final

from router.settings.problems import NotAllowedError

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


class RecordsKey(bytes):
    """The key itself: bytes that no message, log line or traceback shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "RecordsKey(…)"

    __str__ = __repr__


def read_record_key(value: object) -> RecordsKey | None:
    """Read the key; an empty text, as an unset variable leaves it, is none."""
    if value == "":
        return None
    if not isinstance(value, str):
        raise NotAllowedError
    key = _decoded(value.strip())
    if len(set(key)) == 1:
        raise NotAllowedError(allowed="32 random bytes; these are all the same")
    return RecordsKey(key)


def show_record_key(key: RecordsKey) -> str:
    """Write it as it is read."""
    return key.hex()


def _decoded(text: str) -> bytes:
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if not _BASE64.fullmatch(text):
        raise NotAllowedError
    try:
        return base64.b64decode(f"{text.rstrip('=')}=", b"-_" if set(text) & set("-_") else None)
    except binascii.Error:
        raise NotAllowedError from None
