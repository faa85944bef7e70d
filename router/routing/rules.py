"""Does a rule's condition hold? A `Condition` compiled into functions that all must agree.

A name may stand several times in a request. A condition holds if *any* of its values is the
demanded one: otherwise a caller could evade a deny rule by sending another value first.
"""

from collections.abc import Callable
from functools import reduce

from router.places.cookie import cookies
from router.places.document import Document
from router.places.pointer import Scalar, pointer, same
from router.places.query import parameters
from router.places.request import RequestView
from router.routing.networks import Networks
from router.routing.snapshot import Condition

Holds = Callable[[RequestView, bytes, Document | None], bool]
"""Takes the request, the caller's address and the body."""


def compile_condition(when: Condition) -> Holds:
    """Return the question that a condition asks; one without parts holds for everybody."""
    parts = (
        *(_header(name, value) for name, value in when.headers),
        *((_from(when.cidrs),) if when.cidrs else ()),
        *(_cookie(name, value) for name, value in when.cookies),
        *(_query(name, value) for name, value in when.query),
        *(_json(where, value) for where, value in when.json),
    )
    return reduce(_both, parts) if parts else _everybody


def _everybody(_head: RequestView, _client: bytes, _body: Document | None) -> bool:
    return True


def _both(one: Holds, other: Holds) -> Holds:
    def holds(head: RequestView, client: bytes, body: Document | None) -> bool:
        return one(head, client, body) and other(head, client, body)

    return holds


def _header(name: str, value: str) -> Holds:
    wanted = (name.lower().encode(), value.encode())

    def holds(head: RequestView, _client: bytes, _body: Document | None) -> bool:
        return wanted in head.fields

    return holds


def _from(cidrs: tuple[str, ...]) -> Holds:
    networks = Networks(cidrs)

    def holds(_head: RequestView, client: bytes, _body: Document | None) -> bool:
        return networks.hold(client)

    return holds


def _cookie(name: str, value: str) -> Holds:
    wanted, expected = name.encode(), value.encode()

    def holds(head: RequestView, _client: bytes, _body: Document | None) -> bool:
        return expected in cookies(head.fields, wanted)

    return holds


def _query(name: str, value: str) -> Holds:
    wanted, expected = name.encode(), value.encode()

    def holds(head: RequestView, _client: bytes, _body: Document | None) -> bool:
        return expected in parameters(head.target, wanted)

    return holds


def _json(text: str, expected: Scalar) -> Holds:
    where = pointer(text)

    def holds(_head: RequestView, _client: bytes, body: Document | None) -> bool:
        return body is not None and same(body.at(where), expected)

    return holds
