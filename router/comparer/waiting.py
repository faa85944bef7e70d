"""Pairs that wait for their comparison, bounded by number and by bytes."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from router.compare.pair import Pair
from router.comparer.parcels import Parcel
from router.comparer.sampling import is_drawn
from router.wire.pairs import held_bytes

MOST_PAIRS: Final = 20_000
MOST_BYTES: Final = 64 * 1024 * 1024
"""Beyond either nothing more is read until half of it is free; what was read by then is taken."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A pair, what was drawn for it, at which level, and about how much memory it takes.

    parcel: what it is counted with; None where it is counted by itself.
    """

    pair: Pair
    drawn: int
    level: int
    size: int
    parcel: Parcel | None = None


class Waiting:
    """Each service's pairs in their order."""

    def __init__(self, most_pairs: int = MOST_PAIRS, most_bytes: int = MOST_BYTES) -> None:
        self._most_pairs = most_pairs
        self._most_bytes = most_bytes
        self._queues: dict[str, deque[Waiter]] = {}
        self._number = 0
        self._bytes = 0

    def __len__(self) -> int:
        return self._number

    @property
    def is_full(self) -> bool:
        return self._number >= self._most_pairs or self._bytes >= self._most_bytes

    @property
    def is_easy(self) -> bool:
        """Whether half of it is free."""
        return self._number <= self._most_pairs // 2 and self._bytes <= self._most_bytes // 2

    def add(self, pair: Pair, drawn: int, level: int, parcel: Parcel | None = None) -> None:
        """Take a pair that was drawn at this level."""
        size = held_bytes(pair)
        waiter = Waiter(pair, drawn, level, size, parcel)
        self._queues.setdefault(pair.service, deque()).append(waiter)
        self._number += 1
        self._bytes += size

    def services(self) -> Iterator[str]:
        """Give the services whose pairs wait."""
        return (service for service, queue in self._queues.items() if queue)

    def numbers(self) -> dict[str, int]:
        """Return how many pairs of each service wait."""
        return {service: len(queue) for service, queue in self._queues.items()}

    def has(self, service: str) -> bool:
        return bool(self._queues.get(service))

    def take(self, service: str) -> Waiter:
        """Take the next pair of a service that has one."""
        waiter = self._queues[service].popleft()
        self._number -= 1
        self._bytes -= waiter.size
        return waiter

    def put_back(self, waiter: Waiter) -> None:
        """Have a pair wait in front of all others of its service."""
        self._queues.setdefault(waiter.pair.service, deque()).appendleft(waiter)
        self._number += 1
        self._bytes += waiter.size

    def thin(self, service: str, level: int) -> Sequence[Waiter]:
        """Drop those that are not drawn at this level; return them.

        Who stays stands for as many as the level says, or for more if it came at a higher one.
        """
        stay: deque[Waiter] = deque()
        dropped: list[Waiter] = []
        for waiter in self.drop(service):
            if waiter.level >= level:
                stay.append(waiter)
            elif is_drawn(waiter.drawn, level):
                stay.append(replace(waiter, level=level))
            else:
                dropped.append(waiter)
        self._queues[service] = stay
        self._number += len(stay)
        self._bytes += sum(waiter.size for waiter in stay)
        return dropped

    def drop(self, service: str) -> Sequence[Waiter]:
        """Drop all pairs of a service; return them."""
        queue = self._queues.pop(service, ())
        self._number -= len(queue)
        self._bytes -= sum(waiter.size for waiter in queue)
        return queue
