from pathlib import Path

import pytest

from router.errors import NotDurableError, StoreUnavailableError
from router.release.state import Release
from router.store import record
from router.store.journal import FEWEST_SLOTS, Journal
from router.store.record import SLOT, Record, pack
from router.store.slots import SlotFile
from tests.support.stored import Disk, entry_of, release_at

FIRST, SECOND = release_at(1, 5), release_at(2, 8)


def prepared(disk: Disk, services: int = 1) -> Journal:
    journal = Journal(disk)
    journal.prepare(services)
    return journal


def found(disk: Disk) -> dict[str, Release]:
    """What the next router reads."""
    return {service: kept.release for service, kept in Journal(disk).read().items()}


def test_a_journal_that_was_never_written_holds_nothing() -> None:
    assert Journal(Disk()).read() == {}


def test_it_has_its_room_from_the_beginning() -> None:
    disk = Disk()
    prepared(disk)
    assert len(disk.slots) == FEWEST_SLOTS
    prepared(disk, services=1000)
    assert len(disk.slots) == 2000


def test_the_next_router_finds_the_rollback_and_who_asked_for_it() -> None:
    disk = Disk()
    prepared(disk).write(FIRST, entry_of(FIRST, why="wrong answers"))
    (kept,) = Journal(disk).read().values()
    assert kept.release == FIRST
    assert (kept.entry.who, kept.entry.why) == ("ada.lovelace", "wrong answers")


def test_of_each_service_the_newest_rollback_counts() -> None:
    disk, other = Disk(), release_at(7, 7, service="billing")
    journal = prepared(disk)
    for release in (SECOND, other, FIRST):
        journal.write(release, entry_of(release))
    assert found(disk) == {"support": SECOND, "billing": other}


def test_a_rollback_that_is_written_again_counts_as_it_was_written_last() -> None:
    disk, again = Disk(), release_at(2, 8, reason="again")
    journal = prepared(disk)
    journal.write(SECOND, entry_of(SECOND))
    journal.write(again, entry_of(again))
    assert found(disk) == {"support": again}


def test_the_newest_rollback_of_a_service_is_never_written_over() -> None:
    disk = Disk()
    journal = prepared(disk)
    last: int | None = None
    for epoch in range(1, 3 * FEWEST_SLOTS):
        journal.write(release_at(epoch, epoch), entry_of(release_at(epoch, epoch)))
        assert disk.writes[-1] != last
        last = disk.writes[-1]
    assert len(disk.slots) == FEWEST_SLOTS


def test_what_the_store_has_makes_room_when_there_is_no_other() -> None:
    disk = Disk()
    journal = prepared(disk)
    for number in range(FEWEST_SLOTS):
        release = release_at(1, 1, service=f"service-{number}")
        journal.write(release, entry_of(release))
    journal.settle("service-7", (1, 1))
    journal.write(FIRST, entry_of(FIRST))
    assert len(disk.slots) == FEWEST_SLOTS
    assert found(disk).keys() == {"support"} | {
        f"service-{number}" for number in range(FEWEST_SLOTS) if number != 7
    }


def test_what_the_store_has_is_kept_as_long_as_there_is_other_room() -> None:
    disk = Disk()
    journal = prepared(disk)
    journal.write(FIRST, entry_of(FIRST))
    journal.settle("support", (1, 5))
    for number in range(FEWEST_SLOTS - 1):
        release = release_at(1, 1, service=f"service-{number}")
        journal.write(release, entry_of(release))
    assert found(disk)["support"] == FIRST


def test_a_store_that_is_behind_makes_no_room() -> None:
    disk = Disk()
    journal = prepared(disk)
    for number in range(FEWEST_SLOTS):
        release = release_at(1, 1, service=f"service-{number}")
        journal.write(release, entry_of(release))
        journal.settle(release.service, (1, 0))
    journal.write(FIRST, entry_of(FIRST))
    assert len(found(disk)) == FEWEST_SLOTS + 1
    assert len(disk.slots) == 2 * FEWEST_SLOTS


def test_where_all_is_needed_and_nothing_can_be_added_a_rollback_is_not_durable() -> None:
    disk = Disk()
    journal = prepared(disk)
    for number in range(FEWEST_SLOTS):
        release = release_at(1, 1, service=f"service-{number}")
        journal.write(release, entry_of(release))
    disk.refuses = True
    with pytest.raises(NotDurableError, match="No space left"):
        journal.write(FIRST, entry_of(FIRST))
    disk.refuses = False
    assert len(found(disk)) == FEWEST_SLOTS


def test_one_bad_place_of_the_disk_costs_no_rollback() -> None:
    disk = Disk()
    journal = prepared(disk)
    disk.bad = {disk.writes[-1]}
    journal.write(FIRST, entry_of(FIRST))
    journal.write(SECOND, entry_of(SECOND))
    assert found(disk) == {"support": SECOND}
    assert disk.writes.count(next(iter(disk.bad))) == 2  # when it was prepared, and once more


def test_a_journal_proves_at_the_start_that_it_can_be_written_to() -> None:
    disk = Disk(refuses=True)
    with pytest.raises(NotDurableError):
        Journal(disk).prepare(1)


def test_a_disk_that_is_read_only_by_now_is_noticed_though_the_room_is_there() -> None:
    disk = Disk()
    prepared(disk).write(FIRST, entry_of(FIRST))
    disk.refuses = True
    journal = Journal(disk)
    assert journal.read()["support"].release == FIRST
    with pytest.raises(NotDurableError):
        journal.prepare(1)
    disk.refuses = False
    journal.write(SECOND, entry_of(SECOND))
    assert found(disk) == {"support": SECOND}


def test_the_proof_costs_no_rollback() -> None:
    disk = Disk()
    prepared(disk).write(FIRST, entry_of(FIRST))
    for _ in range(2 * FEWEST_SLOTS):
        prepared(disk)
    assert found(disk) == {"support": FIRST}


def test_what_could_not_be_read_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "rollback.journal"
    path.mkdir()
    journal = Journal(SlotFile(path, SLOT))
    with pytest.raises(StoreUnavailableError, match="Is a directory"):
        journal.write(FIRST, entry_of(FIRST))
    with pytest.raises(StoreUnavailableError, match="Is a directory"):
        journal.prepare(1)
    path.rmdir()
    disk = Disk()
    prepared(disk).write(SECOND, entry_of(SECOND))
    path.write_bytes(b"".join(disk.slots))
    journal.write(FIRST, entry_of(FIRST))
    journal.close()
    assert Journal(SlotFile(path, SLOT)).read()["support"].release == SECOND


def test_garbage_is_no_rollback_and_hinders_none() -> None:
    disk = Disk([b"\xa5" * SLOT for _ in range(FEWEST_SLOTS)])
    journal = prepared(disk)
    assert journal.problems == ()
    journal.write(FIRST, entry_of(FIRST))
    assert found(disk) == {"support": FIRST}


def test_a_rollback_that_a_newer_version_wrote_is_reported_and_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as later:
        later.setattr(record, "FORMAT", 2)
        newer = pack(Record(9, SECOND, entry_of(SECOND)))
    disk = Disk([newer])
    journal = Journal(disk)
    for _ in range(2):
        assert journal.read() == {}
        (problem,) = journal.problems
        assert "was written by a newer version: its format is 2" in problem
    journal.prepare(1)
    for _ in range(2 * FEWEST_SLOTS):
        journal.write(FIRST, entry_of(FIRST))
    assert disk.slots[0] == newer


def test_a_rollback_in_a_file_that_nobody_will_find_is_not_durable() -> None:
    disk = Disk()
    journal = prepared(disk)
    disk.is_displaced = True
    assert journal.is_displaced
    with pytest.raises(NotDurableError, match="removed or replaced"):
        journal.write(FIRST, entry_of(FIRST))
