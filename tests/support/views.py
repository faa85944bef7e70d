"""Requests and services as matching and assignment see them, made in one line."""

from dataclasses import dataclass, field

from router.model import BasisPoints
from router.routing.assign import Assigner, Assignment
from router.routing.snapshot import Endpoint, Match, Place, PlaceKind, Service, Split, Upstream

POOL = Upstream((Endpoint("127.0.0.1", 9001),))
BY_USER = (Place(PlaceKind.HEADER, "x-user-id"),)
MINTED = b"0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class View:
    """The little of a request that is read."""

    target: bytes = b"/"
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    method: bytes = b"GET"
    host: bytes = b"example.com"
    minor: int = 1


def asks(target: bytes = b"/", /, **headers: str) -> View:
    """Make a request with these header fields; `x_user_id="7"` is `x-user-id: 7`."""
    return View(
        target, [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    )


def service(
    match: Match | None = None,
    split: Split | None = None,
    *,
    share: int = 0,
    rolled_back: bool = False,
) -> Service:
    return Service(
        name="support",
        match=match or Match(),
        legacy=POOL,
        ai=POOL,
        split=split or Split("support", BY_USER),
        share=BasisPoints(share),
        rolled_back=rolled_back,
    )


def assigner(split: Split, *, share: int = 0, rolled_back: bool = False) -> Assigner:
    return Assigner(service(None, split, share=share, rolled_back=rolled_back), lambda: MINTED)


def assign(
    it: Assigner, head: View, client: bytes = b"10.0.0.7", body: bytes | None = None, roll: int = 0
) -> Assignment:
    return it.assign(head, client, body, lambda: roll)
