import threading
from pathlib import Path

import pytest

from router.errors import NotDurableError, StoreError, StoreUnavailableError
from router.store.audit import Entry, Event
from router.store.journal import Journal
from router.store.ledger import MOST_OWED, Durability, Ledger, Recovered
from router.store.memory import MemoryStore, Shelf
from router.store.record import SLOT
from router.store.slots import SlotFile
from router.store.sqlite import SqliteStore
from tests.support.ledgers import AWAY, RAISED, ROLLBACK, Machine, wait
from tests.support.stored import NOON, Disk, release_at

pytestmark = pytest.mark.usefixtures("short_limits")


async def test_a_new_router_knows_nothing_and_that_for_certain() -> None:
    assert await Machine().ledger.recover(1, at=NOON) == Recovered(
        {}, is_read=True, is_certain=True, can_journal=True, problems=()
    )


async def test_a_router_comes_back_as_it_was(machine: Machine) -> None:
    await machine.raise_()
    assert (await machine.restart()).releases == {"support": RAISED}


async def test_a_rollback_that_only_the_journal_has_wins_over_the_store(machine: Machine) -> None:
    await machine.raise_()
    machine.break_store()
    assert (await machine.roll_back()).durable is Durability.JOURNAL
    assert machine.shelf.releases == {"support": RAISED}
    found = await machine.restart()
    assert found.releases == {"support": ROLLBACK}
    assert machine.shelf.releases == {"support": ROLLBACK}
    (event, _) = (await machine.store.events()).events
    assert (event.command, event.who, event.accepted) == ("rollback", "ada.lovelace", True)


async def test_a_store_that_has_gone_on_wins_over_the_journal(machine: Machine) -> None:
    await machine.roll_back()
    later = release_at(1, 3, share=2000)
    await machine.raise_(later)
    assert (await machine.restart()).releases == {"support": later}


async def test_a_store_that_lost_all_is_corrected_by_the_journal(machine: Machine) -> None:
    await machine.roll_back()
    machine.shelf = Shelf()
    assert (await machine.restart()).releases == {"support": ROLLBACK}


async def test_without_its_store_a_router_knows_its_rollbacks_and_that_this_is_not_all(
    machine: Machine,
) -> None:
    await machine.roll_back()
    machine.__post_init__()
    machine.store.error = StoreUnavailableError("store: database is locked")
    found = await machine.ledger.recover(1, at=NOON)
    assert found.releases == {"support": ROLLBACK}
    assert not found.is_certain
    assert "store: database is locked" in found.problems


async def test_a_store_that_was_moved_aside_leaves_nothing_certain(tmp_path: Path) -> None:
    (tmp_path / "router.db").write_bytes(b"garbage")
    store = SqliteStore(tmp_path / "router.db")
    ledger = Ledger(store, Journal(Disk()))
    found = await ledger.recover(1, at=NOON)
    assert (found.releases, found.is_certain, found.can_journal) == ({}, False, True)
    assert "file is not a database" in found.problems[0]
    assert await ledger.recover(1, at=NOON) == found
    (event,) = (await store.events()).events
    assert (event.sequence, event.who, event.command) == (1, "router", "store_lost_state")
    assert event.why == found.problems[0]
    await ledger.close()


async def test_a_store_that_could_not_be_read_is_read_when_that_is_asked_again(
    machine: Machine,
) -> None:
    await machine.raise_()
    machine.break_store()
    await machine.roll_back()
    machine.__post_init__()
    machine.break_store()
    assert not (await machine.ledger.recover(1, at=NOON)).is_certain
    second = release_at(2, 3)
    await machine.roll_back(second)
    for _ in range(2 * MOST_OWED):
        await machine.ledger.recover(1, at=NOON)
    machine.store.error = None
    found = await machine.ledger.recover(1, at=NOON)
    assert (found.releases, found.is_certain) == ({"support": second}, True)
    assert (await machine.store.head()).sequence == 3


async def test_the_loss_of_a_store_is_noted_as_soon_as_there_is_one(tmp_path: Path) -> None:
    class LateStore(SqliteStore):
        error: StoreError | None = NotDurableError(AWAY)

        async def append(self, entry: Entry) -> Event:
            if self.error is not None:
                raise self.error
            return await super().append(entry)

    (tmp_path / "router.db").write_bytes(b"garbage")
    store = LateStore(tmp_path / "router.db")
    ledger = Ledger(store, Journal(Disk()))
    assert not (await ledger.recover(1, at=NOON)).is_certain
    store.error = None
    assert not (await ledger.recover(1, at=NOON)).is_certain
    (event,) = (await store.events()).events
    assert event.command == "store_lost_state"
    await ledger.close()


async def test_a_journal_that_cannot_be_written_to_is_found_out_at_the_start(
    machine: Machine,
) -> None:
    await machine.raise_()
    machine.disk.refuses = True
    found = await machine.restart()
    assert (found.releases, found.is_certain) == ({"support": RAISED}, True)
    assert not found.can_journal
    assert found.problems == ("journal: No space left on device",)


async def test_a_journal_that_cannot_be_read_leaves_nothing_certain(tmp_path: Path) -> None:
    (tmp_path / "rollback.journal").mkdir()
    journal = Journal(SlotFile(tmp_path / "rollback.journal", SLOT))
    found = await Ledger(MemoryStore(), journal).recover(1, at=NOON)
    assert (found.is_certain, found.can_journal) == (False, False)
    assert "Is a directory" in found.problems[0]


async def test_a_journal_that_hangs_does_not_keep_a_router_from_its_start(machine: Machine) -> None:
    may_go_on = threading.Event()
    machine.disk.before = lambda: wait(may_go_on)
    found = await machine.restart()
    assert not found.can_journal
    assert found.problems == ("the journal has not answered within 0.2 s",)
    may_go_on.set()


async def test_the_journal_gets_room_for_services_that_come_later(machine: Machine) -> None:
    await machine.ledger.make_room(500)
    assert len(machine.disk.slots) == 1000
    machine.disk.refuses = True
    with pytest.raises(NotDurableError):
        await machine.ledger.make_room(600)
