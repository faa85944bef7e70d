"""All copying of one worker: what outlives a table, and what is made for each."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from router.model import Variant
from router.proxy.counters import ShadowCounters
from router.proxy.deadlines import Deadlines
from router.proxy.forwarding import forwarding_of
from router.proxy.permits import Permit
from router.proxy.ports import Plane, PoolSide
from router.proxy.shadow.link import Link
from router.proxy.shadow.shadows import Shadows, dropped_fields, hidden_keys
from router.proxy.shadow.taps import Taps
from router.proxy.shadow.terms import Terms
from router.proxy.shadow.thinning import Thinning
from router.proxy.shadow.way import Way
from router.routing.breaker import CircuitBreaker
from router.routing.snapshot import Breaker, Forward, HeaderPolicy, Service, Shadow, Snapshot
from router.routing.spending import Purse, find_purse
from router.tasks import TaskOwner

QUIET: Final = 60.0
"""Seconds between two words about failures of our own."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What copying needs of the process. memory: what all workers share.

    connect: a connection to the comparer, or OSError. tell: that something of ours has failed.
    may_open: whether descriptors are left for a connection that nobody needs. below: rolls a number
    from 0 up to, and not including, its argument.
    """

    loop: asyncio.AbstractEventLoop
    tasks: TaskOwner
    deadlines: Deadlines
    memory: memoryview
    connect: Callable[[], socket.socket]
    tell: Callable[[BaseException], None]
    may_open: Callable[[], bool]
    below: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class _Made:
    """Of what a way was made; where all of it stays the same it goes on."""

    pool: PoolSide
    breaker: Breaker
    asked: bytes
    most: int
    forward: Forward

    @classmethod
    def of(cls, shadow: Shadow, headers: HeaderPolicy, variant: Variant, pool: PoolSide) -> Self:
        asked = _asked(shadow, headers, variant)
        settings = shadow.ai if variant is Variant.AI else shadow.legacy
        return cls(pool, shadow.breaker, asked, shadow.max_concurrency, settings.forward)


class Shadowing:
    """One worker's."""

    def __init__(self, plane: Plane, surface: Surface) -> None:
        self._plane = plane
        self._surface = surface
        self._link = Link(surface.loop, surface.tasks, surface.connect)
        self.taps: Final = Taps(plane, surface.deadlines, self._link, self._on_error)
        self._ways: dict[tuple[str, Variant], tuple[_Made, Way]] = {}
        self._quiet_until = 0.0

    def shadows(
        self,
        service: Service,
        snapshot: Snapshot,
        pool: Callable[[Variant], PoolSide],
        *,
        counters: ShadowCounters,
        permit: Permit,
    ) -> Shadows | None:
        """Compile what a table says of one service's copies; None where it wants none.

        pool: of copies to this variant; it is asked for where there are any.
        """
        shadow = service.shadow
        if shadow is None or not shadow.share:
            return None
        self._link.want()
        legacy, ai = (
            self._way(service.name, variant, made, counters)
            for variant in Variant
            for made in [_Made.of(shadow, snapshot.headers, variant, pool(variant))]
        )
        terms = Terms(
            service=service.name,
            phase=service.phase,
            max_body=shadow.max_body,
            timeout=shadow.timeout,
            most_held=snapshot.limits.buffers,
            dropped=dropped_fields(shadow),
            hidden=hidden_keys(service.split, shadow),
            prefix=snapshot.headers.prefix.lower().encode(),
            ways=(legacy, ai),
            thinning=Thinning(self._surface.below),
            purse=self._purse(service.name, shadow),
            counters=counters,
            clock=self._plane.clock,
            later=self._surface.loop.call_later,
            may_ask_ai=self._may_ask_ai(shadow, permit),
            taps=self.taps,
        )
        return Shadows(shadow, terms)

    def close(self) -> None:
        """Count the copies that are on their way, and hand on what waits for the comparer."""
        self.taps.end()
        self._link.close()

    # Own...

    def _way(
        self,
        service: str,
        variant: Variant,
        made: _Made,
        counters: ShadowCounters,
    ) -> Way:
        """Return the way that was there before, or one that is made of this."""
        former = self._ways.get((service, variant))
        if former is not None and former[0] == made:
            return former[1]
        way = Way(
            variant,
            made.pool,
            CircuitBreaker(made.breaker),
            counters,
            asked=made.asked,
            most=made.most,
            may_open=self._surface.may_open,
            forwarding=forwarding_of(made.forward),
        )
        self._ways[service, variant] = made, way
        return way

    def _purse(self, service: str, shadow: Shadow) -> Purse | None:
        if shadow.per_second is None and shadow.cost_per_hour is None:
            return None
        entry = find_purse(self._surface.memory, service)
        return Purse(entry, shadow.per_second, shadow.cost_per_hour)

    def _may_ask_ai(self, shadow: Shadow, permit: Permit) -> Callable[[], bool]:
        """Make what tells whether AI may get a copy: by a permit and a lease, as any request."""
        if not shadow.stops_at_rollback:
            return lambda: True
        plane = self._plane
        return lambda: permit.is_valid and (plane.may_ask_ai() or permit.holds_on)

    def _on_error(self, error: BaseException) -> None:
        """Say once in a while that something of ours has failed; nobody else notices."""
        now = self._plane.clock()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET
            self._surface.tell(error)


def _asked(shadow: Shadow, policy: HeaderPolicy, variant: Variant) -> bytes:
    """Write what a copy bears beside what came: that it is one, for whom, and what was asked for.

    The name of the field for the request's id comes last: its value can follow.
    """
    prefix = policy.prefix.lower()
    own = [(f"{prefix}variant", str(variant)), (f"{prefix}shadow", "1"), *shadow.put]
    lines = "".join(f"{name}: {value}\r\n" for name, value in own)
    return f"{lines}{policy.request_id.lower()}: ".encode()
