"""What happened lately, by service and variant: rates, failures and latencies of a span of seconds.

Rule 1: nothing is counted here. Once a second the workers' totals are looked at, and what other
routers have added meanwhile goes on top; a span is what was added between two of these looks.
Rule 2: it is bounded. The last minute is kept to the second, what is older to every fifth one, and
a service that nobody asked anything shares its numbers with the look before. 300 services that are
all busy take 12 MiB.
Rule 3: it waits for its turn. A look takes 20 µs a service and worker, and between two workers
others go first.
"""

import asyncio
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import add, sub
from typing import Final, Protocol

from router.model import Variant
from router.wire.counting import DURATION_BOUNDS, Gist, fallbacks_of, variant_gist

EVERY: Final = 1.0
"""Seconds between two looks."""

FINE: Final = 60
"""Looks that are all kept; of those before them every fifth one is."""

COARSE: Final = 5

FRESH: Final = 0.2
"""Seconds for which a look serves whoever wants to know how it is now."""

LONGEST: Final = 300.0
"""Seconds that are remembered."""


class Counted(Protocol):
    """What all workers counted (`telemetry.Tallies`)."""

    deaths: int

    def gists(self) -> Iterable[Iterable[tuple[str, Gist]]]: ...


@dataclass(frozen=True, slots=True)
class VariantFigures:
    """One variant's requests of a span; latencies in milliseconds, None where there is nothing.

    errors: the share of answers with a status of 5xx. Where the backend could not be reached, or
    was lost before it answered, that is the one which we gave in its place.
    """

    requests: int
    per_second: float | None
    errors: float | None
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A service's span; `seconds` is how long it really was, 0 while there is no look yet."""

    seconds: float
    variants: Mapping[Variant, VariantFigures]
    fallbacks: Mapping[str, int]


Gists = Mapping[str, Sequence[int]]
"""By service."""


def _nobody() -> Gists:
    return {}


@dataclass(frozen=True, slots=True)
class Look:
    """The totals at one moment, by service."""

    number: int
    at: float
    gists: Mapping[str, "array[int]"]


class Recent:
    """Looks at the totals while it is kept going; `clock` is a monotonic one.

    others: what other routers have counted since this one has heard of them.
    """

    def __init__(
        self,
        counted: Counted,
        clock: Callable[[], float],
        others: Callable[[], Gists] = _nobody,
    ) -> None:
        self._counted = counted
        self._clock = clock
        self._others = others
        self._looks: list[Look] = []
        self._number = 0
        self._own_at: float | None = None
        self.own: Mapping[str, array[int]] = {}
        """What our own workers had counted when they were looked at last."""

    async def now(self) -> Gists:
        """Return what our own workers have counted, as of a moment ago."""
        if self._own_at is None or self._clock() - self._own_at > FRESH:
            await self._add_up()
        return self.own

    async def watch(self) -> None:
        """Look once a second, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Look now; if a worker dies meanwhile, the next look will do."""
        if await self._add_up():
            self._keep(self._all())

    async def _add_up(self) -> bool:
        deaths, sums = self._counted.deaths, dict[str, Gist]()
        for gists in self._counted.gists():
            for service, gist in gists:
                known = sums.get(service)
                sums[service] = gist if known is None else tuple(map(add, known, gist))
            await asyncio.sleep(0)
            if self._counted.deaths != deaths:
                return False
        self.own = {name: _packed(gist, self.own.get(name)) for name, gist in sums.items()}
        self._own_at = self._clock()
        return True

    def figures(self, service: str, seconds: float) -> Figures:
        """Return what happened to a service within so many seconds before the last look."""
        if not self._looks:
            return _figures((), 0.0)
        last, first = self._looks[-1], self._start(seconds)
        now, before = last.gists.get(service, ()), first.gists.get(service)
        added = tuple(now if before is None else map(sub, now, before))
        return _figures(added, last.at - first.at)

    def _all(self) -> dict[str, Sequence[int]]:
        both: dict[str, Sequence[int]] = dict(self.own)
        for service, gist in self._others().items():
            ours = both.get(service)
            both[service] = gist if ours is None else tuple(map(add, ours, gist))
        return both

    def _start(self, seconds: float) -> Look:
        """Return the look that the span begins with: not later than asked for, if there is one."""
        begins = self._looks[-1].at - seconds + EVERY / 2  # a look may be a little late
        earlier = (look for look in reversed(self._looks) if look.at <= begins)
        return next(earlier, self._looks[0])

    def _keep(self, sums: Gists) -> None:
        self._number += 1
        before = self._looks[-1] if self._looks else Look(0, 0.0, {})
        kept = {name: _packed(gist, before.gists.get(name)) for name, gist in sums.items()}
        self._looks.append(Look(self._number, self._clock(), kept))
        oldest = self._looks[-1].at - LONGEST - COARSE * EVERY
        self._looks = [
            look
            for look in self._looks
            if look.number >= self._number - FINE
            or (look.number % COARSE == 0 and look.at >= oldest)
        ]


def quantile(buckets: Sequence[int], share: float) -> float | None:
    """Return the seconds under which this share of all lies; None for nothing.

    As in Prometheus' `histogram_quantile`, those within a bucket count as spread evenly over it;
    what lies above the last bound is given as that bound.
    """
    rank = share * sum(buckets)
    if not rank:
        return None
    below = 0.0
    for lower, upper, count, sum_ in zip(
        (0.0, *DURATION_BOUNDS), DURATION_BOUNDS, buckets, accumulate(buckets), strict=False
    ):
        if sum_ >= rank:
            return lower + (upper - lower) * (rank - below) / count
        below = sum_
    return DURATION_BOUNDS[-1]


def _packed(gist: Sequence[int], before: "array[int] | None") -> "array[int]":
    packed = array("Q", gist)
    return before if before is not None and before == packed else packed


def _figures(added: Gist, seconds: float) -> Figures:
    if not added:
        nothing = VariantFigures(0, None if not seconds else 0.0, None, None, None, None)
        return Figures(seconds, dict.fromkeys(Variant, nothing), {})
    return Figures(
        seconds,
        {variant: _variant_figures(added, variant, seconds) for variant in Variant},
        fallbacks_of(added),
    )


def _variant_figures(added: Gist, variant: Variant, seconds: float) -> VariantFigures:
    gist = variant_gist(added, variant)
    requests = sum(gist.buckets)
    p50, p95, p99 = (_milliseconds(gist.buckets, share) for share in (0.5, 0.95, 0.99))
    return VariantFigures(
        requests=requests,
        per_second=round(requests / seconds, 2) if seconds else None,
        # Not read at one moment: a status may stand there before its duration does.
        errors=min(1.0, round(gist.failures / requests, 4)) if requests else None,
        p50=p50,
        p95=p95,
        p99=p99,
    )


def _milliseconds(buckets: Sequence[int], share: float) -> float | None:
    seconds = quantile(buckets, share)
    return None if seconds is None else round(seconds * 1000, 1)
