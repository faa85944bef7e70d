from dataclasses import replace
from pathlib import Path

import pytest

from router.control.fleet.address_book import FILE, AddressBook
from router.replica.membership import Membership, Presence
from tests.support.background import Told, owner, settle
from tests.support.peers import replica

NOW = 500.0
HORIZON = 25.0


def yes() -> bool:
    return True


R1 = replica("r1", "https://r1:9902")
R2 = replica("r2", "https://r2:9902")


def known(*presences: Presence, at: float = NOW) -> Membership:
    return Membership().told(presences, at)


def members_in(folder: Path, now: float = NOW) -> tuple[Presence, ...]:
    return AddressBook(folder, "r1-1", yes).found(now).members(HORIZON, now)


def test_members_are_known_to_the_next_start(tmp_path: Path) -> None:
    AddressBook(tmp_path, "r1-1", yes).keep(known(R1, R2))
    assert members_in(tmp_path) == (R1, R2)


def test_nobody_is_forgotten_before_the_store_has_spoken(tmp_path: Path) -> None:
    AddressBook(tmp_path, "r1-1", yes).keep(known(R1))
    later = AddressBook(tmp_path, "r1-1", yes).found(3.0)  # the machine was started anew
    assert later.members(HORIZON, 100_000.0) == (R1,)
    spoken = later.told((), 100_000.0)
    assert spoken.members(HORIZON, 100_000.0) == ()


def test_what_changes_with_each_beat_is_not_written(tmp_path: Path) -> None:
    book = AddressBook(tmp_path, "r1-1", yes)
    book.keep(known(replace(R1, beat=1, stands={"support": (1, 1)})))
    before = (tmp_path / FILE).stat().st_ino
    book.keep(known(replace(R1, beat=2, stands={"support": (1, 2)})))
    assert (tmp_path / FILE).stat().st_ino == before
    assert members_in(tmp_path) == (R1,)


def test_a_beat_after_the_start_is_news(tmp_path: Path) -> None:
    AddressBook(tmp_path, "r1-1", yes).keep(known(replace(R1, beat=7)))
    found = AddressBook(tmp_path, "r1-1", yes).found(NOW)
    heard = found.told([replace(R1, beat=7)], NOW + 60)
    assert heard.known[R1.instance].at == NOW + 60


def test_who_comes_and_who_moves_is_written(tmp_path: Path) -> None:
    book = AddressBook(tmp_path, "r1-1", yes)
    book.keep(known(R1))
    book.keep(known(R1, R2))
    assert members_in(tmp_path) == (R1, R2)
    moved = replace(R2, advertise="https://r2:9999")
    book.keep(known(R1, moved))
    assert members_in(tmp_path) == (R1, moved)
    book.keep(known(R1))
    assert members_in(tmp_path) == (R1,)


def test_who_has_written_it_is_our_predecessor(tmp_path: Path) -> None:
    AddressBook(tmp_path, R1.instance, yes).keep(known(R1, R2))
    book = AddressBook(tmp_path, "r1-2", yes)
    assert book.predecessor is None
    assert book.found(NOW).members(HORIZON, NOW) == (R1, R2)
    assert book.predecessor == R1


async def test_it_is_looked_at_once_a_second(tmp_path: Path) -> None:
    book = AddressBook(tmp_path, "r1-1", yes)
    with owner() as tasks:
        tasks.spawn(book.follow(lambda: known(R1)), "address book")
        await settle()
        await tasks.close()
    assert members_in(tmp_path) == (R1,)


def test_what_was_removed_is_written_again(tmp_path: Path) -> None:
    book = AddressBook(tmp_path, "r1-1", yes)
    book.keep(known(R1))
    (tmp_path / FILE).unlink()
    book.keep(known(R1))
    assert members_in(tmp_path) == (R1,)


def test_what_lies_in_a_folder_of_another_router_is_left_alone(tmp_path: Path) -> None:
    AddressBook(tmp_path, "r1-1", lambda: False).keep(known(R1))
    assert not (tmp_path / FILE).exists()


def test_a_first_start_knows_nobody(tmp_path: Path, told: list[Told]) -> None:
    assert AddressBook(tmp_path, "r1-1", yes).found(NOW) == Membership()
    assert told == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b'{"format":2,"own":"r1-1","members":[]}',
        b'{"format":1,"own":"r1-1","members":[{"replica":"r1"}]}',
        b'{"format":1,"own":"r1-1","members":[{"replica":"","instance":"i"}]}',
        b'{"format":1,"own":"r1-1","members":[{"replica":"r1","instance":"i","advertise":"file:///x"}]}',
        b" " * (1024 * 1024 + 1),
    ],
)
def test_a_book_that_cannot_be_read_is_an_event_and_an_empty_one(
    tmp_path: Path, told: list[Told], text: bytes
) -> None:
    (tmp_path / FILE).write_bytes(text)
    assert AddressBook(tmp_path, "r1-1", yes).found(NOW) == Membership()
    assert [name for name, _ in told] == ["address_book_damaged"]


def test_a_folder_in_its_place_is_an_event(tmp_path: Path, told: list[Told]) -> None:
    (tmp_path / FILE).mkdir()
    assert AddressBook(tmp_path, "r1-1", yes).found(NOW) == Membership()
    assert [name for name, _ in told] == ["address_book_damaged"]


def test_a_disk_that_takes_nothing_is_told_once_until_it_does(
    tmp_path: Path, told: list[Told]
) -> None:
    folder = tmp_path / "gone"
    book = AddressBook(folder, "r1-1", yes)
    for _ in range(3):
        book.keep(known(R1))
        assert [name for name, _ in told] == ["address_book_not_kept"]
    folder.mkdir()
    book.keep(known(R1))
    assert members_in(folder) == (R1,)
