"""What somebody is not told: values of a JSON document are replaced before he gets it.

Rule 1: a document goes on as it was understood, written anew, also where nothing was replaced: a
name that stands twice, of which we read one and he another, would carry a value past the mask.
Rule 2: what cannot be read is not masked, and the answer is None: then he is not told at all.
"""

from collections.abc import Callable, Iterable
from typing import Final

from router.places.pointer import Json, pointer

MASK: Final = "[masked]"
ANY: Final = "*"
"""As a token of a pointer: each key or element."""

Mask = Callable[[bytes], bytes | None]


def compile_mask(pointers: Iterable[str]) -> Mask:
    """Compile pointers into what masks a body; the JSON library is loaded for it."""
    from orjson import dumps, loads  # noqa: PLC0415 - workers without masks stay without it

    places = tuple(pointer(text) for text in pointers)

    def mask(body: bytes) -> bytes | None:
        try:
            document: Json = loads(body)
        except ValueError:
            return None
        for place in places:
            document = _masked(document, place)
        return dumps(document)

    return mask


def _masked(value: Json, rest: tuple[str, ...]) -> Json:
    """Return the value with what stands at the place replaced, in place where it can be."""
    if not rest:
        return MASK
    token, below = rest[0], rest[1:]
    if isinstance(value, dict):
        for key in list(value) if token == ANY else [token]:
            if key in value:
                value[key] = _masked(value[key], below)
    elif isinstance(value, list):
        for index in range(len(value)):
            if token in (ANY, str(index)):
                value[index] = _masked(value[index], below)
    return value
