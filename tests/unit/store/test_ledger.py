import asyncio
import threading

import pytest

from router.errors import NotDurableError, StoreUnavailableError
from router.store import ledger
from router.store.audit import Event
from router.store.journal import FEWEST_SLOTS, Journal
from router.store.ledger import MOST_OWED, Durability, Kept
from router.store.port import Answered, Passed, Repeated, Saved
from tests.support.ledgers import AWAY, RAISED, ROLLBACK, Machine, wait
from tests.support.stored import NOON, entry_of, refusal_of, release_at

pytestmark = pytest.mark.usefixtures("short_limits")


# Change...


async def test_a_change_is_kept_with_its_event_and_its_answer(machine: Machine) -> None:
    answered = Answered("ada/key", "f", 200, b"{}", NOON)
    saved = await machine.ledger.change(
        RAISED, based_on=None, entry=entry_of(RAISED), answered=answered
    )
    assert isinstance(saved, Saved)
    again = await machine.ledger.change(
        release_at(0, 2), based_on=(0, 1), entry=entry_of(RAISED), answered=answered
    )
    assert again == Repeated(answered)


async def test_a_change_that_somebody_was_faster_with_is_refused(machine: Machine) -> None:
    await machine.raise_()
    late = release_at(0, 1, share=9000)
    refused = await machine.ledger.change(late, based_on=None, entry=entry_of(late))
    assert refused == Passed(RAISED)


async def test_before_a_change_the_store_learns_of_the_rollback_that_it_is_based_on(
    machine: Machine,
) -> None:
    await machine.raise_()
    machine.break_store()
    await machine.roll_back()
    with pytest.raises(NotDurableError, match="disk is full"):
        await machine.raise_()
    machine.store.error = None
    after = release_at(1, 3, share=500)
    saved = await machine.ledger.change(after, based_on=(1, 2), entry=entry_of(after))
    assert isinstance(saved, Saved)
    events = (await machine.store.events()).events
    assert [event.new and event.new["revision"] for event in events] == [3, 2, 1]
    assert machine.ledger.owed == ()


async def test_a_rollback_is_in_journal_and_store(machine: Machine) -> None:
    assert await machine.roll_back() == Kept(Durability.STORE)
    assert Journal(machine.disk).read()["support"].release == ROLLBACK
    assert machine.shelf.releases == {"support": ROLLBACK}


async def test_a_rollback_is_kept_by_the_store_when_the_journal_fails(machine: Machine) -> None:
    machine.disk.refuses = True
    kept = await machine.roll_back()
    assert kept == Kept(Durability.STORE, because=("journal: No space left on device",))


async def test_a_rollback_that_nothing_takes_says_so_and_is_not_forgotten(machine: Machine) -> None:
    machine.disk.refuses = True
    machine.break_store()
    kept = await machine.roll_back()
    assert kept == Kept(Durability.NONE, because=("journal: No space left on device", AWAY))
    assert machine.ledger.owed == ("support",)
    machine.store.error = None
    await machine.ledger.catch_up()
    assert machine.shelf.releases == {"support": ROLLBACK}


async def test_a_rollback_does_not_wait_for_a_disk_that_hangs(machine: Machine) -> None:
    may_go_on = threading.Event()
    machine.disk.before = lambda: wait(may_go_on)
    machine.store.may_answer.clear()
    kept = await machine.roll_back()
    assert kept == Kept(
        Durability.NONE,
        because=(
            "the journal has not answered within 0.2 s",
            "the store has not answered within 0.2 s",
        ),
    )
    may_go_on.set()
    machine.store.may_answer.set()
    await machine.ledger.make_room(1)  # its turn is after the record's
    assert Journal(machine.disk).read()["support"].release == ROLLBACK
    await machine.ledger.catch_up()
    assert machine.shelf.releases == {"support": ROLLBACK}


async def test_while_a_change_waits_for_the_disk_a_rollback_passes_it(machine: Machine) -> None:
    await machine.raise_()
    machine.break_store()
    await machine.roll_back()
    machine.store.error = None
    machine.store.may_answer.clear()
    raising = asyncio.ensure_future(
        machine.ledger.change(
            release_at(1, 3, share=500), based_on=(1, 2), entry=entry_of(release_at(1, 3))
        )
    )
    await asyncio.sleep(0)
    second = release_at(2, 3)
    assert (await machine.roll_back(second)).durable is Durability.JOURNAL
    machine.store.may_answer.set()
    assert await raising == Passed(second)
    assert machine.shelf.releases == {"support": second}


async def test_each_rollback_that_the_store_missed_is_in_the_audit_log_later(
    machine: Machine,
) -> None:
    machine.break_store()
    for epoch in (1, 2, 3):
        await machine.roll_back(release_at(epoch, epoch))
    other = release_at(1, 1, service="billing")
    await machine.roll_back(other)
    machine.store.error = None
    await machine.ledger.catch_up()
    events = (await machine.store.events()).events
    told = [(event.service, event.new and event.new["epoch"]) for event in reversed(events)]
    assert told == [("support", 1), ("support", 2), ("support", 3), ("billing", 1)]
    assert machine.ledger.owed == ()


async def test_rollbacks_that_the_store_missed_take_no_endless_room(machine: Machine) -> None:
    machine.break_store()
    for epoch in range(1, MOST_OWED + 10):
        await machine.roll_back(release_at(epoch, epoch))
    machine.store.error = None
    await machine.ledger.catch_up()
    assert (await machine.store.head()).sequence == MOST_OWED
    assert machine.shelf.releases["support"].epoch == MOST_OWED + 9


async def test_a_rollback_that_is_crowded_out_while_it_is_brought_takes_no_other_with_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "STORE_LIMIT", 0.01)
    machine.break_store()
    await machine.roll_back()
    machine.store.error = None
    machine.store.may_answer.clear()
    bringing = asyncio.ensure_future(machine.ledger.catch_up())
    for number in range(MOST_OWED):
        await machine.roll_back(release_at(2 + number, 3 + number))
    machine.store.may_answer.set()
    await bringing
    events = (await machine.store.events()).events
    assert [event.new and event.new["epoch"] for event in reversed(events)] == list(
        range(1, MOST_OWED + 2)
    )


async def test_what_the_store_has_makes_room_in_the_journal(machine: Machine) -> None:
    for number in range(2 * FEWEST_SLOTS):
        release = release_at(1, 1, service=f"service-{number}")
        assert await machine.roll_back(release) == Kept(Durability.STORE)
    assert len(machine.disk.slots) == FEWEST_SLOTS


async def test_a_rollback_that_the_store_knows_to_be_passed_is_owed_no_longer(
    machine: Machine,
) -> None:
    newer = release_at(5, 9)
    await machine.store.put_newer(newer, entry=entry_of(newer))
    assert await machine.roll_back() == Kept(Durability.JOURNAL, passed_by=newer)
    assert machine.ledger.owed == ()


async def test_a_refused_command_is_noted_where_that_is_possible(machine: Machine) -> None:
    event = await machine.ledger.note(refusal_of("support", "it is paused"))
    assert event is not None
    assert event.refused == "it is paused"
    machine.break_store()
    assert await machine.ledger.note(refusal_of("support")) is None
    machine.store.may_answer.clear()
    assert await machine.ledger.note(refusal_of("support")) is None


# End...


async def test_at_the_end_the_store_gets_what_it_is_owed(machine: Machine) -> None:
    machine.break_store()
    await machine.roll_back()
    machine.store.error = None
    await machine.ledger.close()
    assert machine.shelf.releases == {"support": ROLLBACK}
    with pytest.raises(StoreUnavailableError):
        await machine.store.load()


async def test_a_disk_that_hangs_is_not_waited_for_at_the_end(machine: Machine) -> None:
    may_go_on = threading.Event()
    machine.disk.before = lambda: wait(may_go_on)
    machine.store.may_answer.clear()
    await machine.roll_back()
    await machine.ledger.close()
    may_go_on.set()
    machine.store.may_answer.set()
    assert machine.shelf.releases == {}


# Observers...


async def test_whoever_observes_is_told_once_what_was_kept_or_noted(machine: Machine) -> None:
    told: list[Event] = []
    machine.ledger.observers.append(told.append)
    await machine.raise_()
    await machine.raise_()
    await machine.ledger.note(refusal_of("support"))
    await machine.roll_back()
    assert [(event.sequence, event.command) for event in told] == [
        (1, "rollback"),
        (2, "promote"),
        (3, "rollback"),
    ]


async def test_word_of_a_rollback_waits_for_no_store_and_comes_once(machine: Machine) -> None:
    told: list[Event] = []
    machine.ledger.observers.append(told.append)
    machine.break_store()
    await machine.roll_back()
    await machine.roll_back()
    machine.store.error = None
    await machine.ledger.catch_up()
    assert [(event.sequence, event.command) for event in told] == [(0, "rollback")]


async def test_it_is_known_whether_the_store_took_what_it_was_given_last(
    machine: Machine,
) -> None:
    machine.break_store()
    await machine.ledger.note(refusal_of("support"))
    assert [machine.ledger.is_refused] == [True]
    machine.store.error = None
    await machine.raise_()
    assert [machine.ledger.is_refused] == [False]
    machine.store.may_answer.clear()
    await machine.ledger.note(refusal_of("support"))
    assert [machine.ledger.is_refused] == [True]
    machine.store.may_answer.set()
