"""JSON pointers (RFC 6901), and what a JSON value is as a key."""

from typing import Final, NewType

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Scalar = None | bool | int | float | str

Pointer = NewType("Pointer", tuple[str, ...])
"""A pointer's unescaped tokens; empty means the whole document."""


class Missing:
    """The answer of a pointer that leads nowhere: JSON has its own null."""


MISSING: Final = Missing()
_EXACT: Final = 2**53
"""Beyond it a double no longer tells whole numbers apart."""


def pointer(text: str) -> Pointer:
    """Compile a pointer, or raise ValueError."""
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is not a JSON pointer: it begins with '/'")
    tokens = text.split("/")[1:]
    if any("~" in token.replace("~0", "").replace("~1", "") for token in tokens):
        raise ValueError(f"{text!r} is not a JSON pointer: '~' stands only in '~0' and '~1'")
    return Pointer(tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens))


def value_at(document: Json | Missing, where: Pointer) -> Json | Missing:
    """Follow the pointer; where it leads nowhere the answer is `MISSING`."""
    found = document
    for token in where:
        if isinstance(found, dict):
            found = found.get(token, MISSING)
        elif isinstance(found, list):
            found = _element(found, token)
        else:
            return MISSING
    return found


def _element(array: list[Json], token: str) -> Json | Missing:
    # No leading zeros, no sign, no digits of other scripts; `-` names the element after the last.
    # The length also bounds int(): an index of a million digits is nowhere, at no cost.
    if not (token.isascii() and token.isdigit()) or len(token) > len(str(len(array))):
        return MISSING
    index = int(token)
    return array[index] if str(index) == token and index < len(array) else MISSING


def key_bytes(value: Json | Missing) -> bytes | None:
    """Return a scalar as the bytes of a key; null, arrays, objects and nothing are no key.

    A text and a number that read alike are one key, as they would be in a header. So are 1 and 1.0,
    which JSON does not tell apart.
    """
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, float):
        return (b"%d" % value) if abs(value) < _EXACT and value.is_integer() else b"%r" % value
    return None


def same(found: Json | Missing, expected: Scalar) -> bool:
    """Compare as JSON values: 1 is 1.0, but true is not 1, "1" is not 1, missing is not null."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return found == expected
