"""Where copies to one variant go: a pool of their own, how many at once, and when none do."""

from collections.abc import Callable
from typing import Final

from router.model import ShadowResult, Variant
from router.proxy.counters import ShadowCounters
from router.proxy.forwarding import Forwarding
from router.proxy.ports import PoolSide
from router.routing.breaker import CircuitBreaker


class Way:
    """One service's copies to one variant. It outlives the tables in which it stands.

    asked: lines of our own that a copy bears, up to the value of its request id.
    """

    __slots__ = (
        "_counters", "asked", "breaker", "forwarding", "in_flight", "may_open", "most", "pool",
        "variant",
    )  # fmt: skip

    def __init__(
        self,
        variant: Variant,
        pool: PoolSide,
        breaker: CircuitBreaker,
        counters: ShadowCounters,
        *,
        asked: bytes,
        most: int,
        may_open: Callable[[], bool],
        forwarding: Forwarding | None = None,
    ) -> None:
        """most: copies at once. may_open: whether another connection may be opened.

        forwarding: what the variant is not told, of copies either.
        """
        self.variant: Final = variant
        self.pool: Final = pool
        self.breaker: Final = breaker
        self.asked: Final = asked
        self.in_flight = 0
        self._counters = counters
        self.most: Final = most
        self.may_open: Final = may_open
        self.forwarding: Final = forwarding

    def refused(self, now: float) -> ShadowResult | None:
        """Return why no copy may be sent now, or None; nothing changes by that."""
        if self.in_flight >= self.most:
            return ShadowResult.QUEUE_FULL
        return ShadowResult.BREAKER_OPEN if self.breaker.keeps_off(now) else None

    def enter(self) -> None:
        """Count a copy that is sent."""
        self.in_flight += 1
        self._counters.begin_copy(self.variant)

    def leave(self) -> None:
        """Count a copy that is over, however it ended."""
        self.in_flight -= 1
        self._counters.end_copy(self.variant)
