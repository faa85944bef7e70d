"""Values in the query of a target, read as a form (WHATWG URL, 5.1)."""

from collections.abc import Iterator

from router.places.percent import decode_form


def parameters(target: bytes, wanted: bytes) -> Iterator[bytes]:
    """Yield each decoded value of the parameter in order; its name may be spelled with escapes."""
    query = target.partition(b"?")[2]
    escaped = b"%" in query or b"+" in query
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if escaped:
            name, value = decode_form(name), decode_form(value)
        if name == wanted:
            yield value
