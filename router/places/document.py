"""A request's body as a JSON document, parsed when somebody first looks into it."""

from collections.abc import Callable

from router.places.pointer import MISSING, Json, Missing, Pointer, value_at

Parse = Callable[[bytes], Json]


def json_parser() -> Parse:
    """Load the JSON library; only services that read bodies do, other workers stay without it."""
    from orjson import loads  # noqa: PLC0415 - a late import is the point

    return loads


class Document:
    """One body. What is not valid JSON holds no value; it is never an error."""

    __slots__ = ("_body", "_parse", "_root")

    def __init__(self, body: bytes, parse: Parse) -> None:
        self._parse = parse
        self._body: bytes | None = body
        self._root: Json | Missing = MISSING

    def at(self, where: Pointer) -> Json | Missing:
        if self._body is not None:
            try:
                self._root = self._parse(self._body)
            except ValueError:
                self._root = MISSING
            self._body = None
        return value_at(self._root, where)
