"""Pairs on their way into the stream: sealed, some together, and nobody who brings them waits.

What waits here is bounded. Beyond that, and while the store is away, pairs are dropped and counted.
Nothing is sent twice: of what was lost on the way nobody knows whether it has arrived.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from router.compare.pair import Pair
from router.comparer.ports import Ports
from router.comparer.work import DROPPED
from router.errors import StoreError, WireError
from router.store.stream import Added, Bounds, Lost, Offer
from router.wire.pairs import held_bytes

SOON: Final = 0.1
"""Seconds that pairs wait for company: each message costs the store a round trip's work."""

REST: Final = 0.5
"""Seconds after which a store that was away is tried again."""

MOST_BYTES: Final = 16 * 1024 * 1024
"""About so much memory may wait here."""

MOST_TOGETHER: Final = 128
"""Pairs, and ..."""
MOST_BYTES_TOGETHER: Final = 512 * 1024
"""... bytes of one message, unless a single pair has more."""

MOST_AT_ONCE: Final = 8
"""Messages that are added in one step."""

TOO_LARGE: Final = "too_large"
STREAM_FULL: Final = "stream_full"
STREAM_AWAY: Final = "stream_away"
STREAM_EXPIRED: Final = "stream_expired"
"""What became of a pair that is not compared: it fits no message, or there was no room, no store,
or nobody in time."""


class Publishing:
    """Made inside a running event loop."""

    def __init__(self, ports: Ports, bounds: Bounds) -> None:
        self._ports = ports
        self._bounds = bounds
        self._too_large = ports.rare("pair_too_large")
        self._full = ports.rare("stream_full")
        self._away = ports.rare("stream_unreachable")
        self._expired = ports.rare("stream_expired")
        self._waiting: deque[Pair] = deque()
        self._bytes = 0
        self._is_adding = False
        self._wanted = asyncio.Event()

    @property
    def is_full(self) -> bool:
        return self._bytes >= MOST_BYTES

    @property
    def is_idle(self) -> bool:
        """Whether everything was added, or given up."""
        return not self._waiting and not self._is_adding

    def take(self, pairs: Sequence[Pair]) -> None:
        """Have pairs wait for the stream, or drop them; whoever brings them goes on at once."""
        for pair in pairs:
            if not self._ports.work.is_compared(pair.service):
                self._ports.work.note(pair.service, DROPPED)
            elif self.is_full:
                self._ports.lose(
                    self._full, pair.service, STREAM_FULL, 1, "too many wait to be sent"
                )
            else:
                self._waiting.append(pair)
                self._bytes += held_bytes(pair)
        self._wanted.set()

    async def run(self) -> None:
        """Add what waits, for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await asyncio.sleep(SOON)
            while self._waiting:
                await self._add()

    async def _add(self) -> None:
        """Add some messages; give them up where that is not possible."""
        self._is_adding = True
        offers = self._offers()
        try:
            self._note(offers, await self._ports.stream.add(offers, self._bounds))
        except StoreError as error:
            for offer in offers:
                self._ports.lose(self._away, offer.service, STREAM_AWAY, offer.pairs, str(error))
            await asyncio.sleep(REST)
        finally:
            self._is_adding = False

    def _note(self, offers: Sequence[Offer], added: Added) -> None:
        for offer, is_taken in zip(offers, added.is_taken, strict=True):
            if not is_taken:
                why = "too many wait for a comparer"
                self._ports.lose(self._full, offer.service, STREAM_FULL, offer.pairs, why)
        self.lose_expired(added.expired)

    def lose_expired(self, expired: Sequence[Lost]) -> None:
        """Count and tell of what waited in the stream for too long."""
        for lost in expired:
            why = "no comparer came in time"
            self._ports.lose(self._expired, lost.service, STREAM_EXPIRED, lost.pairs, why)

    def _offers(self) -> list[Offer]:
        offers: list[Offer] = []
        while self._waiting and len(offers) < MOST_AT_ONCE:
            for service, pairs in self._together().items():
                offers += self._sealed(service, pairs)
        return offers

    def _sealed(self, service: str, pairs: Sequence[Pair]) -> list[Offer]:
        """Seal pairs: in halves where they are too much together, so that only such a pair goes."""
        try:
            return [Offer(service, len(pairs), self._ports.seals.seal(service, pairs))]
        except WireError as error:
            half = len(pairs) // 2
            if not half:
                self._ports.lose(self._too_large, service, TOO_LARGE, 1, str(error))
                return []
        return [*self._sealed(service, pairs[:half]), *self._sealed(service, pairs[half:])]

    def _together(self) -> dict[str, list[Pair]]:
        """Return the next pairs, by service."""
        found: dict[str, list[Pair]] = {}
        size = number = 0
        while self._waiting and number < MOST_TOGETHER and size < MOST_BYTES_TOGETHER:
            pair = self._waiting.popleft()
            found.setdefault(pair.service, []).append(pair)
            size += held_bytes(pair)
            number += 1
        self._bytes -= size
        return found
