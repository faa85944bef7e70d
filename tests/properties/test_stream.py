"""Whatever readers of the stream do and suffer: a pair is in the counts once, or was given up."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings, strategies as st

from router.store.records import Total
from router.store.redis_stream import RedisStream
from router.store.stream import Bounds, Held, Message, Offer, Settled
from tests.support.redis_servers import Redis, running, stream_in

BOUNDS = Bounds(1 << 20, 3600.0)
READERS = 2
PREFIXES = itertools.count()

STEPS = ("add", "take", "take over", "settle", "settle again", "die")
Step = tuple[str, int]
"""What is done, and by which reader."""

steps_of_all = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, READERS - 1)), min_size=5, max_size=40
)
OVERTAKEN: list[Step] = [("add", 0), ("take", 0), ("take over", 1), ("settle", 0), ("settle", 1)]
UNHEARD: list[Step] = [("add", 0), ("take", 0), ("settle", 0), ("settle again", 0)]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@dataclass
class Reader:
    """Counts what it has in hand, and says in sums what it has counted, as comparers do."""

    name: str
    number: int = 0
    counted: int = 0
    in_hand: list[Message] = field(default_factory=list[Message])
    last: tuple[list[Total], Settled] | None = None

    def brings(self) -> tuple[list[Total], Settled]:
        self.number += 1
        self.counted += sum(it.pairs for it in self.in_hand)
        held = [Held(it.id, len(it.sealed), it.pairs) for it in self.in_hand]
        self.in_hand = []
        total = Total("support", "7", self.name, 0.0, str(self.counted).encode())
        self.last = [total], Settled(self.name, self.number, self.number - 1, held)
        return self.last


class World:
    def __init__(self, stream: RedisStream) -> None:
        self._stream = stream
        self._names = map(str, itertools.count())
        self._readers = [Reader(next(self._names)) for _ in range(READERS)]
        self._added = self._given_up = 0

    async def do(self, what: str, number: int) -> None:
        if what == "add":
            await self._stream.add([Offer("support", number + 1, b"sealed")], BOUNDS)
            self._added += number + 1
        elif what == "take":
            self._readers[number].in_hand += await self._stream.take(self._readers[number].name, 2)
        elif what == "take over":
            await self._take_over(number)
        elif what == "settle again":
            await self._settle_again(number)
        elif what == "die":
            self._readers[number] = Reader(next(self._names))
        else:
            await self._settle(number)

    async def _take_over(self, number: int) -> None:
        reader = self._readers[number]
        found = await self._stream.take_over(reader.name, 0.0, 3)
        known = {it.id for it in reader.in_hand}
        reader.in_hand += [it for it in found.messages if it.id not in known]
        self._given_up += sum(lost.pairs for lost in found.given_up)

    async def _settle(self, number: int) -> None:
        """Settle; who is refused can say nothing more, since its sums hold what is another's."""
        if not await self._stream.settle([], *self._readers[number].brings()):
            self._readers[number] = Reader(next(self._names))

    async def _settle_again(self, number: int) -> None:
        """The answer was lost: the same is brought once more, and is what it was."""
        if (last := self._readers[number].last) is not None:
            assert await self._stream.settle([], *last)

    async def end(self) -> None:
        last = Reader("last")
        while (await self._stream.depth()).pairs:
            last.in_hand += await self._stream.take(last.name, 100)
            found = await self._stream.take_over(last.name, 0.0, 100)
            known = {it.id for it in last.in_hand}
            last.in_hand += [it for it in found.messages if it.id not in known]
            gone = sum(lost.pairs for lost in found.given_up)
            self._given_up += gone
            if not gone:
                assert await self._stream.settle([], *last.brings())
            last.in_hand = []
        counted = sum(int(total.counts) for total in await self._stream.totals("support"))
        assert counted + self._given_up == self._added


@settings(max_examples=100, deadline=None)
@given(steps_of_all)
@example(OVERTAKEN)
@example(UNHEARD)
def test_each_pair_is_counted_once_or_given_up(redis: Redis, steps: list[Step]) -> None:
    async def live() -> None:
        stream = stream_in(redis, f"stream-{next(PREFIXES)}")
        world = World(stream)
        for what, number in steps:
            await world.do(what, number)
        await world.end()
        await stream.close()

    asyncio.run(live())
