"""Reading keys: a `Place` compiled into the function that reads it."""

from collections.abc import Callable
from typing import Final

from router.places.cookie import cookies
from router.places.document import Document
from router.places.pointer import key_bytes, pointer
from router.places.query import parameters
from router.places.request import RequestView
from router.routing.snapshot import Place, PlaceKind

ReadKey = Callable[[RequestView, bytes, Document | None], bytes | None]
"""Takes the request, the caller's address and the body; empty or None means that there is no key.

Where a name stands several times its first value counts, also when that one is empty.
"""


def compile_key(place: Place) -> ReadKey:
    """Return the reader of a place; a bad pointer raises ValueError here, not on a request."""
    return _COMPILERS[place.kind](place.name)


def _from_header(text: str) -> ReadKey:
    wanted = text.lower().encode()

    def read(head: RequestView, _client: bytes, _body: Document | None) -> bytes | None:
        for name, value in head.fields:
            if name == wanted:
                return value
        return None

    return read


def _from_cookie(text: str) -> ReadKey:
    wanted = text.encode()

    def read(head: RequestView, _client: bytes, _body: Document | None) -> bytes | None:
        return next(cookies(head.fields, wanted), None)

    return read


def _from_query(text: str) -> ReadKey:
    wanted = text.encode()

    def read(head: RequestView, _client: bytes, _body: Document | None) -> bytes | None:
        return next(parameters(head.target, wanted), None)

    return read


def _from_json(text: str) -> ReadKey:
    where = pointer(text)

    def read(_head: RequestView, _client: bytes, body: Document | None) -> bytes | None:
        return None if body is None else key_bytes(body.at(where))

    return read


def _from_client(_text: str) -> ReadKey:
    def read(_head: RequestView, client: bytes, _body: Document | None) -> bytes | None:
        return client

    return read


_COMPILERS: Final[dict[PlaceKind, Callable[[str], ReadKey]]] = {
    PlaceKind.HEADER: _from_header,
    PlaceKind.COOKIE: _from_cookie,
    PlaceKind.QUERY: _from_query,
    PlaceKind.JSON: _from_json,
    PlaceKind.CLIENT_IP: _from_client,
}
