"""A stream without a Redis: hands out what it is told to, and remembers what it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from router.errors import StoreUnavailableError
from router.store.records import Minute, Total
from router.store.stream import (
    Added,
    Bounds,
    Depth,
    Lost,
    Message,
    Offer,
    Settled,
    Stream,
    TakenOver,
)


@dataclass
class FakeStream(Stream):
    """room: messages that it takes yet. is_away: whether it can be reached."""

    room: int = 1000
    is_away: bool = False
    expired: list[Lost] = field(default_factory=list[Lost])
    given_up: list[Lost] = field(default_factory=list[Lost])
    added: list[Offer] = field(default_factory=list[Offer])
    waiting: list[Message] = field(default_factory=list[Message])
    silent: list[Message] = field(default_factory=list[Message])
    renewed: list[Sequence[str]] = field(default_factory=list[Sequence[str]])
    settled: list[Settled] = field(default_factory=list[Settled])
    totals: list[Total] = field(default_factory=list[Total])
    age: float = 1.5
    is_another_s: bool = False
    is_closed: bool = False

    async def add(self, offers: Sequence[Offer], bounds: Bounds) -> Added:
        self._refuse()
        taken = offers[: self.room]
        self.added += taken
        self.room -= len(taken)
        expired, self.expired = self.expired, []
        return Added([at < len(taken) for at in range(len(offers))], expired)

    async def expire(self, max_age: float) -> Sequence[Lost]:
        expired, self.expired = self.expired, []
        return expired if self.age > max_age else []

    async def take(self, reader: str, most: int) -> Sequence[Message]:
        self._refuse()
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken

    async def take_over(self, reader: str, silence: float, most: int) -> TakenOver:
        self._refuse()
        silent, self.silent = self.silent, []
        return TakenOver(silent, self.given_up)

    async def renew(self, reader: str, ids: Sequence[str]) -> None:
        self._refuse()
        self.renewed.append(ids)

    async def depth(self) -> Depth:
        self._refuse()
        return Depth(sum(it.pairs for it in self.waiting), 7, self.age)

    async def settle(
        self, minutes: Sequence[Minute], totals: Sequence[Total], settled: Settled
    ) -> bool:
        if self.is_another_s:
            return False
        self.settled.append(settled)
        self.totals += totals
        return True

    async def close(self) -> None:
        self.is_closed = True

    def _refuse(self) -> None:
        if self.is_away:
            raise StoreUnavailableError("redis://there: it does not answer")
