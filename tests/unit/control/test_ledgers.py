import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from router.compare.ledger import load_ledger
from router.control import ledgers as module
from router.control.booked import BookedFile
from router.control.ledgers import Ledgers
from router.errors import StoreUnavailableError
from router.release.state import Release
from router.store.memory_records import MemoryRecords
from router.store.records import Minute, Total
from tests.support.releases import NOON


class Kept(MemoryRecords):
    """Records that may be away, and say when something was kept."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.writes = 0
        self.written = asyncio.Event()

    async def count(self, minutes: Sequence[Minute], totals: Sequence[Total]) -> None:
        if self.is_away:
            raise StoreUnavailableError("away")
        await super().count(minutes, totals)
        self.writes += 1
        self.written.set()


class Scene:
    """A replica whose workers count."""

    def __init__(self, state_dir: Path) -> None:
        self.records = Kept()
        self.shadows: dict[tuple[str, str], int] = {}
        self.phases: dict[str, int] = {"support": 7}
        self.now = NOON
        self.file = BookedFile(state_dir, lambda: True)
        self.ledgers = self.started("i1")

    def started(self, name: str) -> Ledgers:
        """Another start of the replica, with the same workers."""
        return Ledgers(
            self.records,
            name,
            lambda: self.shadows,
            self.releases,
            clock=lambda: self.now,
            keep=self.file.keep,
        )

    def releases(self) -> list[Release]:
        return [Release(service, phase=phase) for service, phase in self.phases.items()]

    async def minutes(self) -> list[tuple[str, int, dict[str, int]]]:
        rows = await self.records.minutes("support", since=0.0, until=NOON * 2)
        return [(row.phase, row.minute - int(NOON // 60), load_ledger(row.counts)) for row in rows]

    async def totals(self) -> dict[str, dict[str, int]]:
        rows = await self.records.totals("support")
        return {row.phase: load_ledger(row.counts) for row in rows}


async def test_what_was_added_is_filed_under_its_minute_and_phase(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.shadows = {("support", "paired"): 5, ("support", "budget"): 1}
    assert await scene.ledgers.look()
    scene.shadows = {("support", "paired"): 7, ("support", "budget"): 1}
    assert await scene.ledgers.look()
    scene.now += 60
    scene.phases["support"] = 8
    scene.shadows = {("support", "paired"): 8, ("support", "budget"): 1}
    assert await scene.ledgers.look()
    assert await scene.minutes() == [("7", 0, {"paired": 7, "budget": 1}), ("8", 1, {"paired": 1})]
    assert await scene.totals() == {"7": {"paired": 7, "budget": 1}, "8": {"paired": 1}}


async def test_a_service_that_is_gone_is_filed_nowhere(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.shadows = {("orders", "paired"): 5}
    await scene.ledgers.look()
    assert await scene.records.totals("orders") == []


async def test_what_could_not_be_kept_is_kept_later_and_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.records.is_away = True
    scene.shadows = {("support", "paired"): 5}
    assert not await scene.ledgers.look()
    scene.now += 60
    scene.shadows = {("support", "paired"): 6}
    scene.records.is_away = False
    assert await scene.ledgers.look()
    assert await scene.minutes() == [("7", 0, {"paired": 5}), ("7", 1, {"paired": 1})]
    assert await scene.totals() == {"7": {"paired": 6}}


async def test_what_a_predecessor_has_filed_is_not_filed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.001)
    scene = Scene(tmp_path)
    scene.shadows = {("support", "paired"): 1000}
    going = asyncio.ensure_future(scene.ledgers.keep_going())
    await asyncio.sleep(0)
    scene.shadows = {("support", "paired"): 1001}
    await asyncio.wait_for(scene.records.written.wait(), 5)
    assert await scene.totals() == {"7": {"paired": 1}}
    scene.records.written.clear()
    with pytest.raises(TimeoutError):  # nothing is written while nothing happens
        await asyncio.wait_for(scene.records.written.wait(), 0.05)
    going.cancel()


@pytest.mark.parametrize("was_away", [True, False])
async def test_what_workers_count_while_nobody_books_is_booked_once_by_a_successor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, was_away: bool
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.001)
    scene = Scene(tmp_path)
    scene.shadows = {("support", "paired"): 5}
    await scene.ledgers.look()
    scene.records.is_away = was_away  # killed before the store had it, or after
    scene.shadows = {("support", "paired"): 7}
    await scene.ledgers.look()
    scene.records.is_away = False
    scene.now += 60
    scene.shadows = {("support", "paired"): 10, ("support", "queue_full"): 4}
    successor, booked = scene.started("i2"), scene.file.found()
    assert booked is not None
    successor.inherit(booked)
    scene.records.written.clear()
    going = asyncio.ensure_future(successor.keep_going())
    await asyncio.wait_for(scene.records.written.wait(), 5)
    going.cancel()
    assert await scene.totals() == {"7": {"paired": 10, "queue_full": 4}}
    later = {"paired": 3, "queue_full": 4}
    assert await scene.minutes() == [("7", 0, {"paired": 7}), ("7", 1, later)]


async def test_what_a_worker_took_along_that_died_meanwhile_is_booked_as_it_was(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    scene.shadows = {("support", "paired"): 5}
    await scene.ledgers.look()
    successor, booked = scene.started("i2"), scene.file.found()
    assert booked is not None
    successor.inherit(booked)
    scene.shadows = {("support", "paired"): 2}
    await successor.look()
    scene.shadows = {("support", "paired"): 3}
    await successor.look()
    assert await scene.totals() == {"7": {"paired": 6}}
