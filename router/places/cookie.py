"""Values in the `Cookie` fields of a request (RFC 6265, 5.4, read as servers read them)."""

from collections.abc import Iterator

from router.places.request import Fields


def cookies(fields: Fields, wanted: bytes) -> Iterator[bytes]:
    """Yield each value of the cookie in order; names are compared exactly.

    Several fields, missing or surplus spaces and a quoted value are all seen in the wild.
    """
    for name, line in fields:
        if name == b"cookie" and line.find(wanted) >= 0:
            for pair in line.split(b";"):
                if pair.find(wanted) >= 0:
                    key, equals, value = pair.partition(b"=")
                    if equals and key.strip() == wanted:
                        yield _unquoted(value.strip())


def _unquoted(value: bytes) -> bytes:
    if len(value) > 1 and value.startswith(b'"') and value.endswith(b'"'):
        return value[1:-1]
    return value
