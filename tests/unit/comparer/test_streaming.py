import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from router.comparer import publishing, streaming as module
from router.comparer.publishing import STREAM_EXPIRED
from router.comparer.streaming import Streaming
from router.store.stream import Lost
from router.tasks import TaskOwner
from router.wire.comparing import StreamBy, StreamSeen
from tests.support.moments import until
from tests.support.pairs import pair
from tests.support.streams import Desk, desk, message


@asynccontextmanager
async def streaming(it: Desk, *, judges: bool) -> AsyncGenerator[Streaming]:
    by = StreamBy("redis://there", "", "gray", 1000, 60.0, judges)
    made = Streaming(by, it.ports, "a")
    tasks = TaskOwner(lambda _name, _error: None)
    made.start(tasks)
    yield made
    await tasks.close()
    await made.close()
    assert it.stream.is_closed


@pytest.mark.parametrize("judges", [True, False])
async def test_every_comparer_brings_and_only_who_judges_reads(
    judges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "SOON", 0.01)
    async with desk() as it, streaming(it, judges=judges) as made:
        it.stream.waiting = [message(1, [pair()])]
        made.take([pair()])
        assert not made.is_idle
        await until(lambda: made.is_idle and bool(it.stream.added))
        await asyncio.sleep(0)
        if judges:
            await until(lambda: it.work.parcels.has("1-0"))
            made.stop()
        else:
            made.stop()
            assert it.stream.waiting
        assert not made.is_full


async def test_how_much_waits_is_seen_as_long_as_the_store_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)
    async with desk() as it:
        it.stream.waiting = [message(1, [pair()] * 3)]
        async with streaming(it, judges=False) as made:
            assert made.seen() is None
            await until(lambda: made.seen() == StreamSeen(3, 7, 1.5))
            it.stream.is_away = True
            await until(lambda: made.seen() is None)


async def test_what_waits_for_too_long_is_counted_by_whoever_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)
    async with desk() as it, streaming(it, judges=False) as made:
        it.stream.expired = [Lost("support", 7)]
        await until(lambda: made.seen() is not None)
        assert it.work.results == {}
        it.stream.age = 61.0
        await until(lambda: it.work.results == {"support": {STREAM_EXPIRED: 7}})
        assert it.told == ["stream_expired"]
