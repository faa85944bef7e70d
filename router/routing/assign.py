"""Which variant serves a request? A pure function of the request, the caller and the service.

Rule 1: the order of precedence lives in `_steps_of` and `Assigner.assign`, and nowhere else:

    rolled back → deny rules → force → allow rules → key → our cookie → a roll of the dice

Rule 2: everything is compiled when a snapshot arrives; a request only runs what is left.
Rule 3: a raised share moves nobody off AI, since AI serves the buckets below it.
"""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from router.model import Reason, Variant
from router.places.cookie import cookies
from router.places.document import Document, json_parser
from router.places.request import RequestView
from router.routing.buckets import bucket_of
from router.routing.keys import compile_key
from router.routing.networks import Networks
from router.routing.rules import compile_condition
from router.routing.snapshot import Force, PlaceKind, Rule, Service, Split

NO_BUCKET: Final = -1

# An enum's members are slow to reach (0.05 µs each); names of the module are not.
_AI: Final = Variant.AI
_LEGACY: Final = Variant.LEGACY
_BUCKET: Final = Reason.BUCKET
_RANDOM: Final = Reason.RANDOM

_MINTED: Final = re.compile(rb"[0-9a-f]{32}")
"""Our cookie's value. What does not look like one of ours is replaced, so that the place stays
opaque: no session or e-mail address that another program put under the same name becomes a key."""


class Assignment(Struct, frozen=True, gc=False):
    """A decision and why it fell.

    bucket: the place among 10,000 that was held against the share, a roll's result included, or
    `NO_BUCKET` where the share was not asked. new_cookie: the value that the caller is to be given.
    A Struct because one is made for each request: 0.05 µs, a frozen dataclass takes 0.4.
    """

    variant: Variant
    reason: Reason
    bucket: int = NO_BUCKET
    new_cookie: bytes | None = None


Step = Callable[[RequestView, bytes, Document | None], Assignment | None]
"""Decides by something stronger than the share, or passes the request on by None."""


class Assigner:
    """One service's decisions. `mint` makes the ids of our cookie: 32 lower-case hex digits."""

    __slots__ = (
        "_bucket_of",
        "_cookie",
        "_keys",
        "_mint",
        "_parse",
        "_share",
        "_steps",
        "needs_body",
    )

    def __init__(self, service: Service, mint: Callable[[], bytes]) -> None:
        split = service.split
        self.needs_body = reads_body(split) and not service.rolled_back
        self._parse = json_parser() if self.needs_body else None
        self._steps = _steps_of(service)
        self._keys = tuple(compile_key(place) for place in split.keys)
        self._cookie = None if split.cookie is None else split.cookie.name.encode()
        self._mint = mint
        self._bucket_of = bucket_of(split.salt)
        self._share = service.share

    def assign(
        self, head: RequestView, client: bytes, body: bytes | None, roll: Callable[[], int]
    ) -> Assignment:
        """Decide for one request. `roll` gives a fresh random number in 0..9999."""
        parse = self._parse
        document = None if body is None or parse is None else Document(body, parse)
        for step in self._steps:
            decided = step(head, client, document)
            if decided is not None:
                return decided
        for read in self._keys:
            key = read(head, client, document)
            if key:
                bucket = self._bucket_of(key)
                return Assignment(_AI if bucket < self._share else _LEGACY, _BUCKET, bucket)
        if self._cookie is not None:
            return self._by_cookie(head, self._cookie)
        bucket = roll()
        return Assignment(_AI if bucket < self._share else _LEGACY, _RANDOM, bucket)

    def _by_cookie(self, head: RequestView, name: bytes) -> Assignment:
        brought = next(filter(_MINTED.fullmatch, cookies(head.fields, name)), None)
        minted = self._mint() if brought is None else None
        bucket = self._bucket_of(brought or minted or b"")
        return Assignment(_AI if bucket < self._share else _LEGACY, _BUCKET, bucket, minted)


def reads_body(split: Split) -> bool:
    """Tell whether some key or rule looks into the body, so that it must be collected first."""
    return any(place.kind is PlaceKind.JSON for place in split.keys) or any(
        rule.when.json for rule in split.rules
    )


def _steps_of(service: Service) -> tuple[Step, ...]:
    """Compile what is stronger than the share, strongest first."""
    if service.rolled_back:
        return (_everybody_to_legacy,)
    rules, force = service.split.rules, service.split.force
    denied = Assignment(_LEGACY, Reason.DENIED)
    allowed = Assignment(_AI, Reason.ALLOWED)
    return (
        *(_by_rule(rule, denied) for rule in rules if rule.variant is _LEGACY),
        *((_by_force(force),) if force else ()),
        *(_by_rule(rule, allowed) for rule in rules if rule.variant is _AI),
    )


_ROLLED_BACK: Final = Assignment(_LEGACY, Reason.ROLLED_BACK)


def _everybody_to_legacy(_head: RequestView, _client: bytes, _body: Document | None) -> Assignment:
    return _ROLLED_BACK


def _by_rule(rule: Rule, decision: Assignment) -> Step:
    holds = compile_condition(rule.when)

    def step(head: RequestView, client: bytes, body: Document | None) -> Assignment | None:
        return decision if holds(head, client, body) else None

    return step


def _by_force(force: Force) -> Step:
    """Let trusted callers choose; from others, or with another value, the header means nothing."""
    wanted = force.header.lower().encode()
    trusted = Networks(force.cidrs)
    choices = {
        variant.value.encode(): Assignment(variant, Reason.FORCED) for variant in (_AI, _LEGACY)
    }

    def step(head: RequestView, client: bytes, _body: Document | None) -> Assignment | None:
        for name, value in head.fields:
            if name == wanted:
                choice = choices.get(value)
                return choice if choice is not None and trusted.hold(client) else None
        return None

    return step
