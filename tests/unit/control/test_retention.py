import asyncio

import pytest

from router.control import retention
from router.control.retention import Retention
from router.errors import StoreUnavailableError
from router.store.memory_records import MemoryRecords
from router.store.records import Limits, Removed, Wanted
from tests.support.recorded import sampled
from tests.support.stored import NOON


class Failing(MemoryRecords):
    """Records that cannot be pruned while they are `away`, and that never close."""

    away = True

    def __init__(self) -> None:
        super().__init__()
        self.pruned = 0
        self.is_pruned_often = asyncio.Event()

    async def prune(self, limits: Limits, now: float) -> Removed:
        self.pruned += 1
        if self.pruned == 3:
            self.is_pruned_often.set()
        if self.away:
            raise StoreUnavailableError("it is away")
        return Removed()

    async def close(self) -> None:
        await asyncio.Event().wait()


def keeping(records: MemoryRecords) -> Retention:
    return Retention(records, lambda: Limits(max_age=10.0), lambda: NOON + 100)


async def test_what_is_too_old_is_removed() -> None:
    records = MemoryRecords()
    await records.keep([sampled(1), sampled(95)])
    await keeping(records).prune()
    assert [it.id for it in (await records.samples(Wanted("support"))).samples] == ["sample-95"]


async def test_it_is_done_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "EVERY", 0.001)
    records = Failing()
    task = asyncio.ensure_future(keeping(records).run())
    await records.is_pruned_often.wait()
    task.cancel()


async def test_a_store_that_cannot_be_pruned_is_told_of_once_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(retention, "tell", lambda name, **_: told.append(name))
    records = Failing()
    keeper = keeping(records)
    for is_away in (True, True, False, True):
        records.away = is_away
        await keeper.prune()
    assert told == ["records_not_pruned", "records_not_pruned"]


async def test_records_that_hang_keep_nobody_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CLOSE_WITHIN", 0.01)
    await keeping(Failing()).close()
