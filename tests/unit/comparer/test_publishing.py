import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from router.comparer import publishing as module
from router.comparer.publishing import (
    MOST_TOGETHER,
    STREAM_AWAY,
    STREAM_EXPIRED,
    STREAM_FULL,
    TOO_LARGE,
    Publishing,
)
from router.comparer.work import DROPPED
from router.store.stream import Bounds, Lost
from router.wire.pairs import held_bytes
from tests.support.moments import until
from tests.support.pairs import pair
from tests.support.streams import Desk, desk, seals

BOUNDS = Bounds(1000, 60.0)


@asynccontextmanager
async def publishing(it: Desk) -> AsyncGenerator[Publishing]:
    made = Publishing(it.ports, BOUNDS)
    running = asyncio.ensure_future(made.run())
    yield made
    running.cancel()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SOON", 0.01)
    monkeypatch.setattr(module, "REST", 0.01)


async def test_pairs_are_added_together_sealed_and_by_service() -> None:
    async with desk("billing") as it, publishing(it) as made:
        brought = [pair(), pair(service="billing"), pair(number=2)]
        made.take(brought)
        assert not made.is_idle
        await until(lambda: made.is_idle)
        support, billing = it.stream.added
        assert (support.service, support.pairs) == ("support", 2)
        assert seals().open("support", support.sealed) == [brought[0], brought[2]]
        assert seals().open("billing", billing.sealed) == [brought[1]]


async def test_messages_have_a_bound_of_pairs_and_of_bytes() -> None:
    async with desk() as it, publishing(it) as made:
        made.take([pair(number=number) for number in range(2 * MOST_TOGETHER + 1)])
        made.take([pair(ai=b"x" * 300_000, number=number) for number in range(3)])
        await until(lambda: made.is_idle)
        assert [offer.pairs for offer in it.stream.added] == [128, 128, 3, 1]


async def test_what_there_is_no_room_for_is_dropped_and_counted() -> None:
    async with desk() as it, publishing(it) as made:
        it.stream.room = 1
        made.take([pair(number=number) for number in range(MOST_TOGETHER + 5)])
        await until(lambda: made.is_idle)
        assert it.work.results == {"support": {STREAM_FULL: 5}}
        assert it.told == ["stream_full"]


async def test_what_waited_for_too_long_is_counted_by_whoever_hears_of_it() -> None:
    async with desk() as it, publishing(it) as made:
        it.stream.expired = [Lost("support", 7), Lost("<anything>", 9)]
        made.take([pair()])
        await until(lambda: made.is_idle)
        assert it.work.results == {"support": {STREAM_EXPIRED: 7}}
        assert it.told == ["stream_expired"]


async def test_while_the_store_is_away_pairs_are_dropped_and_then_it_goes_on() -> None:
    async with desk() as it, publishing(it) as made:
        it.stream.is_away = True
        made.take([pair(), pair()])
        await until(lambda: it.work.results == {"support": {STREAM_AWAY: 2}})
        assert it.events == [("stream_unreachable", "2 pairs: redis://there: it does not answer")]
        it.stream.is_away = False
        made.take([pair()])
        await until(lambda: len(it.stream.added) == 1)


async def test_nobody_is_held_up_where_too_much_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 3 * held_bytes(pair()))
    async with desk() as it:
        made = Publishing(it.ports, BOUNDS)
        made.take([pair(number=number) for number in range(10)])
        assert made.is_full
        assert it.work.results == {"support": {STREAM_FULL: 7}}


async def test_a_service_that_is_not_compared_has_no_place_in_it() -> None:
    async with desk() as it, publishing(it) as made:
        made.take([pair(service="gone")])
        assert made.is_idle
        assert it.work.results == {"gone": {DROPPED: 1}}


async def test_a_pair_that_is_too_large_for_any_message_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("router.wire.pairs.MAX_BATCH", 1000)
    async with desk() as it, publishing(it) as made:
        brought = [pair(number=number) for number in range(5)]
        made.take([*brought[:2], pair(ai=b"x" * 1000), *brought[2:]])
        await until(lambda: made.is_idle)
        assert it.work.results == {"support": {TOO_LARGE: 1}}
        (told,) = it.events
        assert told[0] == "pair_too_large"
        assert re.fullmatch(r"1 pairs: a batch of pairs has 1\d+ bytes, at most 1000 fit", told[1])
        opened = [seals().open("support", offer.sealed) for offer in it.stream.added]
        assert [each for batch in opened for each in batch] == brought


async def test_what_heads_say_counts_towards_the_bound_of_a_message() -> None:
    long = replace(pair(), legacy=replace(pair().legacy, fields=[(b"x-trace", b"x" * 300_000)]))
    async with desk() as it, publishing(it) as made:
        made.take([long] * 3)
        await until(lambda: made.is_idle)
        assert [offer.pairs for offer in it.stream.added] == [2, 1]
