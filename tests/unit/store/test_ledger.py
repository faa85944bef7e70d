import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from router.errors import NotDurableError, StoreError, StoreUnavailableError
from router.release.state import Release
from router.store import ledger as module
from router.store.audit import Entry, Event
from router.store.journal import FEWEST_SLOTS, Journal
from router.store.ledger import MOST_OWED, Durability, Kept, Ledger, Recovered
from router.store.memory import MemoryStore, Shelf
from router.store.port import Answered, Loaded, Passed, Repeated, Saved
from router.store.record import SLOT
from router.store.slots import SlotFile
from router.store.sqlite import SqliteStore
from tests.support.stored import NOON, Disk, entry_of, refusal_of, release_at

RAISED = release_at(0, 1, share=500)
ROLLBACK = release_at(1, 2)
AWAY = "store: database or disk is full"


class BrokenStore(MemoryStore):
    """A store that fails while `error` is set, and hangs while `may_answer` is not."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        super().__init__(shelf)
        self.error: StoreError | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def load(self) -> Loaded:
        await self._obey()
        return await super().load()

    async def put_newer(self, release: Release, *, entry: Entry) -> Saved | Passed:
        await self._obey()
        return await super().put_newer(release, entry=entry)

    async def append(self, entry: Entry) -> Event:
        await self._obey()
        return await super().append(entry)

    async def close(self) -> None:
        await self.may_answer.wait()
        await super().close()

    async def _obey(self) -> None:
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error


@dataclass
class House:
    """A machine: its store and its disk outlive the ledgers that are opened upon them."""

    shelf: Shelf = field(default_factory=Shelf)
    disk: Disk = field(default_factory=Disk)

    def __post_init__(self) -> None:
        self.store = BrokenStore(self.shelf)
        self.ledger = Ledger(self.store, Journal(self.disk))

    async def restart(self) -> Recovered:
        """Kill the router, and have the next one read what there is."""
        self.__post_init__()
        return await self.ledger.recover(1, at=NOON)

    async def roll_back(self, release: Release = ROLLBACK) -> Kept:
        return await self.ledger.roll_back(release, entry=entry_of(release))

    async def raise_(self, release: Release = RAISED) -> object:
        before = self.shelf.releases.get(release.service)
        based_on = (before.epoch, before.revision) if before else None
        return await self.ledger.change(release, based_on=based_on, entry=entry_of(release))

    def break_store(self) -> None:
        self.store.error = NotDurableError(AWAY)


@pytest.fixture
async def house() -> House:
    house = House()
    await house.ledger.recover(1, at=NOON)
    return house


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs in these tests hangs for good: nobody need wait long."""
    monkeypatch.setattr(module, "JOURNAL_LIMIT", 0.2)
    monkeypatch.setattr(module, "STORE_LIMIT", 0.2)
    monkeypatch.setattr(module, "START_LIMIT", 0.2)


def wait(event: threading.Event) -> None:
    """Hang as a disk does."""
    assert event.wait(10)


# Begin...


async def test_a_new_router_knows_nothing_and_that_for_certain() -> None:
    assert await House().ledger.recover(1, at=NOON) == Recovered(
        {}, is_certain=True, can_journal=True, problems=()
    )


async def test_a_router_comes_back_as_it_was(house: House) -> None:
    await house.raise_()
    assert (await house.restart()).releases == {"support": RAISED}


async def test_a_rollback_that_only_the_journal_has_wins_over_the_store(house: House) -> None:
    await house.raise_()
    house.break_store()
    assert (await house.roll_back()).durable is Durability.JOURNAL
    assert house.shelf.releases == {"support": RAISED}
    found = await house.restart()
    assert found.releases == {"support": ROLLBACK}
    assert house.shelf.releases == {"support": ROLLBACK}
    (event, _) = (await house.store.events()).events
    assert (event.command, event.who, event.accepted) == ("rollback", "ada.lovelace", True)


async def test_a_store_that_has_gone_on_wins_over_the_journal(house: House) -> None:
    await house.roll_back()
    later = release_at(1, 3, share=2000)
    await house.raise_(later)
    assert (await house.restart()).releases == {"support": later}


async def test_a_store_that_lost_all_is_corrected_by_the_journal(house: House) -> None:
    await house.roll_back()
    house.shelf = Shelf()
    assert (await house.restart()).releases == {"support": ROLLBACK}


async def test_without_its_store_a_router_knows_its_rollbacks_and_that_this_is_not_all(
    house: House,
) -> None:
    await house.roll_back()
    house.__post_init__()
    house.store.error = StoreUnavailableError("store: database is locked")
    found = await house.ledger.recover(1, at=NOON)
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
    house: House,
) -> None:
    await house.raise_()
    house.break_store()
    await house.roll_back()
    house.__post_init__()
    house.break_store()
    assert not (await house.ledger.recover(1, at=NOON)).is_certain
    second = release_at(2, 3)
    await house.roll_back(second)
    for _ in range(2 * MOST_OWED):
        await house.ledger.recover(1, at=NOON)
    house.store.error = None
    found = await house.ledger.recover(1, at=NOON)
    assert (found.releases, found.is_certain) == ({"support": second}, True)
    assert (await house.store.head()).sequence == 3


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
    house: House,
) -> None:
    await house.raise_()
    house.disk.refuses = True
    found = await house.restart()
    assert (found.releases, found.is_certain) == ({"support": RAISED}, True)
    assert not found.can_journal
    assert found.problems == ("journal: No space left on device",)


async def test_a_journal_that_cannot_be_read_leaves_nothing_certain(tmp_path: Path) -> None:
    (tmp_path / "rollback.journal").mkdir()
    journal = Journal(SlotFile(tmp_path / "rollback.journal", SLOT))
    found = await Ledger(MemoryStore(), journal).recover(1, at=NOON)
    assert (found.is_certain, found.can_journal) == (False, False)
    assert "Is a directory" in found.problems[0]


async def test_a_journal_that_hangs_does_not_keep_a_router_from_its_start(house: House) -> None:
    may_go_on = threading.Event()
    house.disk.before = lambda: wait(may_go_on)
    found = await house.restart()
    assert not found.can_journal
    assert found.problems == ("the journal has not answered within 0.2 s",)
    may_go_on.set()


async def test_the_journal_gets_room_for_services_that_come_later(house: House) -> None:
    await house.ledger.make_room(500)
    assert len(house.disk.slots) == 1000
    house.disk.refuses = True
    with pytest.raises(NotDurableError):
        await house.ledger.make_room(600)


# Change...


async def test_a_change_is_kept_with_its_event_and_its_answer(house: House) -> None:
    answered = Answered("ada/key", "f", 200, b"{}", NOON)
    saved = await house.ledger.change(
        RAISED, based_on=None, entry=entry_of(RAISED), answered=answered
    )
    assert isinstance(saved, Saved)
    again = await house.ledger.change(
        release_at(0, 2), based_on=(0, 1), entry=entry_of(RAISED), answered=answered
    )
    assert again == Repeated(answered)


async def test_a_change_that_somebody_was_faster_with_is_refused(house: House) -> None:
    await house.raise_()
    late = release_at(0, 1, share=9000)
    refused = await house.ledger.change(late, based_on=None, entry=entry_of(late))
    assert refused == Passed(RAISED)


async def test_before_a_change_the_store_learns_of_the_rollback_that_it_is_based_on(
    house: House,
) -> None:
    await house.raise_()
    house.break_store()
    await house.roll_back()
    with pytest.raises(NotDurableError, match="disk is full"):
        await house.raise_()
    house.store.error = None
    after = release_at(1, 3, share=500)
    saved = await house.ledger.change(after, based_on=(1, 2), entry=entry_of(after))
    assert isinstance(saved, Saved)
    events = (await house.store.events()).events
    assert [event.new and event.new["revision"] for event in events] == [3, 2, 1]
    assert house.ledger.owed == ()


async def test_a_rollback_is_in_journal_and_store(house: House) -> None:
    assert await house.roll_back() == Kept(Durability.STORE)
    assert Journal(house.disk).read()["support"].release == ROLLBACK
    assert house.shelf.releases == {"support": ROLLBACK}


async def test_a_rollback_is_kept_by_the_store_when_the_journal_fails(house: House) -> None:
    house.disk.refuses = True
    kept = await house.roll_back()
    assert kept == Kept(Durability.STORE, because=("journal: No space left on device",))


async def test_a_rollback_that_nothing_takes_says_so_and_is_not_forgotten(house: House) -> None:
    house.disk.refuses = True
    house.break_store()
    kept = await house.roll_back()
    assert kept == Kept(Durability.NONE, because=("journal: No space left on device", AWAY))
    assert house.ledger.owed == ("support",)
    house.store.error = None
    await house.ledger.catch_up()
    assert house.shelf.releases == {"support": ROLLBACK}


async def test_a_rollback_does_not_wait_for_a_disk_that_hangs(house: House) -> None:
    may_go_on = threading.Event()
    house.disk.before = lambda: wait(may_go_on)
    house.store.may_answer.clear()
    kept = await house.roll_back()
    assert kept == Kept(
        Durability.NONE,
        because=(
            "the journal has not answered within 0.2 s",
            "the store has not answered within 0.2 s",
        ),
    )
    may_go_on.set()
    house.store.may_answer.set()
    await house.ledger.make_room(1)  # its turn is after the record's
    assert Journal(house.disk).read()["support"].release == ROLLBACK
    await house.ledger.catch_up()
    assert house.shelf.releases == {"support": ROLLBACK}


async def test_while_a_change_waits_for_the_disk_a_rollback_passes_it(house: House) -> None:
    await house.raise_()
    house.break_store()
    await house.roll_back()
    house.store.error = None
    house.store.may_answer.clear()
    raising = asyncio.ensure_future(
        house.ledger.change(
            release_at(1, 3, share=500), based_on=(1, 2), entry=entry_of(release_at(1, 3))
        )
    )
    await asyncio.sleep(0)
    second = release_at(2, 3)
    assert (await house.roll_back(second)).durable is Durability.JOURNAL
    house.store.may_answer.set()
    assert await raising == Passed(second)
    assert house.shelf.releases == {"support": second}


async def test_each_rollback_that_the_store_missed_is_in_the_audit_log_later(
    house: House,
) -> None:
    house.break_store()
    for epoch in (1, 2, 3):
        await house.roll_back(release_at(epoch, epoch))
    other = release_at(1, 1, service="billing")
    await house.roll_back(other)
    house.store.error = None
    await house.ledger.catch_up()
    events = (await house.store.events()).events
    told = [(event.service, event.new and event.new["epoch"]) for event in reversed(events)]
    assert told == [("support", 1), ("support", 2), ("support", 3), ("billing", 1)]
    assert house.ledger.owed == ()


async def test_rollbacks_that_the_store_missed_take_no_endless_room(house: House) -> None:
    house.break_store()
    for epoch in range(1, MOST_OWED + 10):
        await house.roll_back(release_at(epoch, epoch))
    house.store.error = None
    await house.ledger.catch_up()
    assert (await house.store.head()).sequence == MOST_OWED
    assert house.shelf.releases["support"].epoch == MOST_OWED + 9


async def test_a_rollback_that_is_crowded_out_while_it_is_brought_takes_no_other_with_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STORE_LIMIT", 0.01)
    house.break_store()
    await house.roll_back()
    house.store.error = None
    house.store.may_answer.clear()
    bringing = asyncio.ensure_future(house.ledger.catch_up())
    for number in range(MOST_OWED):
        await house.roll_back(release_at(2 + number, 3 + number))
    house.store.may_answer.set()
    await bringing
    events = (await house.store.events()).events
    assert [event.new and event.new["epoch"] for event in reversed(events)] == list(
        range(1, MOST_OWED + 2)
    )


async def test_what_the_store_has_makes_room_in_the_journal(house: House) -> None:
    for number in range(2 * FEWEST_SLOTS):
        release = release_at(1, 1, service=f"service-{number}")
        assert await house.roll_back(release) == Kept(Durability.STORE)
    assert len(house.disk.slots) == FEWEST_SLOTS


async def test_a_rollback_that_the_store_knows_to_be_passed_is_owed_no_longer(
    house: House,
) -> None:
    newer = release_at(5, 9)
    await house.store.put_newer(newer, entry=entry_of(newer))
    assert await house.roll_back() == Kept(Durability.JOURNAL, passed_by=newer)
    assert house.ledger.owed == ()


async def test_a_refused_command_is_noted_where_that_is_possible(house: House) -> None:
    event = await house.ledger.note(refusal_of("support", "it is paused"))
    assert event is not None
    assert event.refused == "it is paused"
    house.break_store()
    assert await house.ledger.note(refusal_of("support")) is None
    house.store.may_answer.clear()
    assert await house.ledger.note(refusal_of("support")) is None


# End...


async def test_at_the_end_the_store_gets_what_it_is_owed(house: House) -> None:
    house.break_store()
    await house.roll_back()
    house.store.error = None
    await house.ledger.close()
    assert house.shelf.releases == {"support": ROLLBACK}
    with pytest.raises(StoreUnavailableError):
        await house.store.load()


async def test_a_disk_that_hangs_is_not_waited_for_at_the_end(house: House) -> None:
    may_go_on = threading.Event()
    house.disk.before = lambda: wait(may_go_on)
    house.store.may_answer.clear()
    await house.roll_back()
    await house.ledger.close()
    may_go_on.set()
    house.store.may_answer.set()
    assert house.shelf.releases == {}
