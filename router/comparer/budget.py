"""How much of a core each service's comparisons may take, and which part of its pairs that is.

Rules of residence: times come in as arguments. A service has a bank, into which its share of each
second flows; while that is empty its pairs wait. Its level says which part of them is compared at
all (2 ** -level), and follows from what came and what a comparison has cost, both as measured
before: never from the pair that it decides on. So every figure stays unbiased.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.comparer.sampling import HIGHEST

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at what came and what it cost."""

BURST: Final = 1.0
"""Seconds whose share a bank holds at most."""

FIRST_COST: Final = 0.0001
"""Seconds that a comparison is taken to cost before the first one was measured."""

EASE: Final = 0.8
"""A level is left for the one below when that takes no more than this part of the budget."""

ONE_CORE: Final = 0.95
"""What one process gets of a core at best: services that may take more share it."""

LEAST: Final = 0.1
"""The part of a share that is left for comparing, however much the mere taking in costs."""

REACH_GROWS: Final = 1.25
"""By how much more than the last second brought a service tries for, once nothing has piled up."""

_MEMORY: Final = 0.5
"""What the last second's costs weigh against all before."""


NOBODY: Final[Mapping[str, int]] = {}


@dataclass(slots=True)
class Purse:
    """One service's.

    share: of a core. reach: what of it can be had, on a machine where others want the core too.
    bank: seconds that may be spent now. cost: seconds a comparison, as of late. arrived, compared,
    spent: since the last look.
    """

    share: float
    reach: float = ONE_CORE
    level: int = 0
    bank: float = 0.0
    cost: float = FIRST_COST
    arrived: int = 0
    compared: int = 0
    spent: float = 0.0


class Budget:
    """Owns the purses; ``now`` is a monotonic time in seconds, ``cpu`` what was used by then."""

    def __init__(self, now: float, cpu: float = 0.0) -> None:
        self._purses: dict[str, Purse] = {}
        self._flowed = now
        self._looked = now
        self._cpu = cpu

    def allow(self, shares: Mapping[str, float]) -> None:
        """Give each service its share of a core; together they get no more than there is of it."""
        squeeze = min(1.0, ONE_CORE / max(sum(shares.values()), ONE_CORE))
        purses = {name: self._purses.get(name, Purse(share)) for name, share in shares.items()}
        for name, purse in purses.items():
            purse.share = shares[name] * squeeze
        self._purses = purses

    def knows(self, service: str) -> bool:
        return service in self._purses

    def arrive(self, service: str) -> int | None:
        """Note that a pair has come; return its level, or None for a service without a purse."""
        purse = self._purses.get(service)
        if purse is None:
            return None
        purse.arrived += 1
        return purse.level

    def level(self, service: str) -> int:
        return self._purses[service].level

    def weights(self) -> dict[str, int]:
        """Return for how many pairs each one stands now, by service."""
        return {name: 1 << purse.level for name, purse in self._purses.items()}

    def flow(self, now: float) -> None:
        """Fill the banks with what the time since the last call brings."""
        seconds = now - self._flowed
        self._flowed = now
        for purse in self._purses.values():
            purse.bank = min(purse.bank + purse.share * seconds, purse.share * BURST)

    def may(self, service: str) -> bool:
        """Whether this service's pairs may be compared now."""
        return self._purses[service].bank > 0

    def wait(self, service: str) -> float:
        """Return the seconds until they may."""
        purse = self._purses[service]
        return max(0.0, -purse.bank / purse.share)

    def spend(self, service: str, seconds: float, compared: int = 0) -> None:
        """Take what so many comparisons cost, or what was done about them afterwards."""
        purse = self._purses.get(service)
        if purse is not None:
            purse.bank -= seconds
            purse.spent += seconds
            purse.compared += compared

    def look(self, now: float, cpu: float, waiting: Mapping[str, int] = NOBODY) -> None:
        """Choose the levels, once it is time; ``cpu`` is what this process has used in all.

        What nobody's comparison has used (taking pairs in, counting, telling) is divided by how
        many pairs of each service came. ``waiting``: how many of them are not compared yet. Where
        that is more than a second's worth, a service cannot have its share at the moment.
        """
        seconds = now - self._looked
        if seconds < LOOK_EVERY:
            return
        beside = cpu - self._cpu - sum(purse.spent for purse in self._purses.values())
        came = sum(purse.arrived for purse in self._purses.values())
        for name, purse in self._purses.items():
            part = max(0.0, beside) * purse.arrived / came if came else 0.0
            if waiting.get(name, 0) > purse.compared:
                purse.reach = purse.spent / seconds
            else:
                purse.reach = min(purse.share, purse.reach * REACH_GROWS)
            _settle(purse, seconds, part)
        self._looked, self._cpu = now, cpu


def _settle(purse: Purse, seconds: float, beside: float) -> None:
    purse.bank -= min(beside, purse.share * seconds * (1 - LEAST))
    if purse.compared:
        cost = purse.spent / purse.compared
        purse.cost += _MEMORY * (cost - purse.cost)
    room = max(min(purse.share - beside / seconds, purse.reach), purse.share * LEAST)
    whole = purse.arrived / seconds * purse.cost
    purse.level = _level(whole / room, purse.level)
    purse.arrived = purse.compared = 0
    purse.spent = 0.0


def _level(excess: float, before: int) -> int:
    """Return the lowest level that brings ``excess`` down to 1; go down only where it is easy."""
    needed = _lowest(excess)
    if needed >= before:
        return needed
    return min(before, _lowest(excess / EASE))


def _lowest(excess: float) -> int:
    return min(HIGHEST, max(0, math.ceil(math.log2(excess)))) if excess > 1 else 0
