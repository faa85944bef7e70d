import asyncio

import pytest

from router.comparer import consuming as module, parcels
from router.comparer.consuming import STREAM_GIVEN_UP, STREAM_UNREADABLE, Consuming
from router.store.stream import Lost
from tests.support.moments import until
from tests.support.pairs import pair
from tests.support.streams import Desk, desk, message


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("LOOK_EVERY", "REST", "RENEW_EVERY"):
        monkeypatch.setattr(module, each, 0.01)


async def judge(it: Desk) -> None:
    while not it.work.is_idle:
        await it.work.step()


async def test_messages_are_judged_and_counted_whole() -> None:
    async with desk() as it:
        consuming = Consuming(it.ports, "a")
        it.stream.waiting = [message(1, [pair(), pair(ai=b"{}")]), message(2, [pair()])]
        reading = asyncio.ensure_future(consuming.read())
        await until(lambda: len(it.work.waiting) == 3)
        await judge(it)
        assert it.work.results == {"support": {"match": 2, "divergent": 1}}
        assert {each.id for each in it.work.parcels.tell()} == {"1-0", "2-0"}
        consuming.stop()
        await asyncio.wait_for(reading, 5)


async def test_nothing_is_taken_while_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "MOST", 1)
    async with desk() as it:
        consuming = Consuming(it.ports, "a")
        held = it.work.parcels.open("9-0", 1, 1)
        it.stream.waiting = [message(1, [pair()])]
        it.stream.silent = [message(2, [pair()])]
        reading = asyncio.ensure_future(consuming.read())
        await consuming.renew()
        assert it.stream.renewed == [["9-0"]]
        assert it.stream.silent
        assert not it.work.parcels.has("1-0")
        it.work.parcels.settle([held])
        await until(lambda: it.work.parcels.has("1-0"))
        reading.cancel()


async def test_what_nobody_can_read_is_counted_told_and_let_go_of() -> None:
    async with desk() as it:
        it.stream.silent = [message(1, [pair()] * 3, b"garbage"), message(2, [pair()])]
        await Consuming(it.ports, "a").renew()
        await judge(it)
        assert it.work.results == {"support": {STREAM_UNREADABLE: 3, "match": 1}}
        assert {each.id for each in it.work.parcels.tell()} == {"1-0", "2-0"}
        assert it.told == ["stream_unreadable"]


async def test_what_is_in_hand_is_renewed_and_not_taken_in_again() -> None:
    async with desk() as it:
        consuming = Consuming(it.ports, "a")
        it.stream.silent = [message(1, [pair()])]
        await consuming.renew()
        it.stream.silent = [message(1, [pair()])]
        await consuming.renew()
        assert it.stream.renewed == [["1-0"]]
        assert len(it.work.waiting) == 1


async def test_what_ended_every_comparer_is_counted_and_told() -> None:
    async with desk() as it:
        it.stream.given_up = [Lost("support", 4)]
        await Consuming(it.ports, "a").renew()
        assert it.work.results == {"support": {STREAM_GIVEN_UP: 4}}
        assert it.told == ["stream_given_up"]


async def test_a_store_that_is_away_is_told_of_and_tried_again() -> None:
    async with desk() as it:
        it.stream.is_away = True
        consuming = Consuming(it.ports, "a")
        tasks = [
            asyncio.ensure_future(consuming.read()),
            asyncio.ensure_future(consuming.keep_hold()),
        ]
        await until(lambda: "stream_unreachable" in it.told)
        it.stream.waiting, it.stream.silent = [message(1, [pair()])], [message(2, [pair()])]
        it.stream.is_away = False
        await until(lambda: len(it.work.waiting) == 2)
        assert it.told == ["stream_unreachable"]
        for task in tasks:
            task.cancel()


async def test_who_is_at_the_end_takes_nothing_more_and_keeps_what_is_in_hand() -> None:
    async with desk() as it:
        consuming = Consuming(it.ports, "a")
        it.stream.silent = [message(1, [pair()])]
        await consuming.renew()
        consuming.stop()
        it.stream.silent = it.stream.waiting = [message(2, [pair()])]
        await consuming.renew()
        await asyncio.wait_for(consuming.read(), 5)
        assert it.stream.renewed == [["1-0"]]
        assert not it.work.parcels.has("2-0")
