"""A form's fields as an object: answers of older systems still look like that."""

from router.places.percent import decode_form
from router.places.pointer import Json


def form_of(body: bytes) -> dict[str, Json]:
    """Decode `a=1&b=2` (WHATWG URL, 5.1); a name that stands there several times has an array."""
    found: dict[str, list[Json]] = {}
    for pair in body.strip().split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            found.setdefault(_text(name), []).append(_text(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _text(raw: bytes) -> str:
    return decode_form(raw).decode("utf-8", "backslashreplace")
