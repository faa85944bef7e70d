import errno
import logging
import os
from pathlib import Path

import pytest

from router.control import census as census_module
from router.control.census import Census
from router.wire.roster import Entry, entry_of, read_roster, write_roster

PREDECESSORS = Entry(1, 1)


def test_who_serves_before_it_is_opened_stands_nowhere_yet(tmp_path: Path) -> None:
    write_roster(tmp_path, [PREDECESSORS])
    census = Census(tmp_path)
    census.add("worker-1", os.getpid())
    assert read_roster(tmp_path) == {PREDECESSORS}


def test_once_open_it_names_who_is_here_and_nobody_else(tmp_path: Path) -> None:
    write_roster(tmp_path, [PREDECESSORS])
    census = Census(tmp_path)
    census.add("worker-1", os.getpid())
    census.open()
    assert read_roster(tmp_path) == {entry_of(os.getpid())}
    census.add("worker-2", os.getppid())
    census.remove("worker-1")
    assert read_roster(tmp_path) == {entry_of(os.getppid())}


def test_once_closed_nobody_is_to_live_on(tmp_path: Path) -> None:
    census = Census(tmp_path)
    census.add("worker-1", os.getpid())
    census.open()
    census.close()
    assert read_roster(tmp_path) == frozenset()
    census.remove("worker-1")
    assert not (tmp_path / "workers").exists()


def test_who_has_ended_meanwhile_is_not_counted(tmp_path: Path) -> None:
    census = Census(tmp_path)
    census.open()
    census.add("worker-1", 2**22)  # beyond the highest process id
    assert read_roster(tmp_path) == frozenset()


def test_a_roster_that_cannot_be_written_is_said_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    census = Census(tmp_path / "gone")
    with caplog.at_level(logging.ERROR, "gray_router"):
        census.open()
    assert [record.getMessage() for record in caplog.records] == ["roster_not_written"]


def test_one_that_cannot_be_removed_stops_nobody_either(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "workers").mkdir()
    with caplog.at_level(logging.ERROR, "gray_router"):
        Census(tmp_path).close()
    assert [record.getMessage() for record in caplog.records] == ["roster_not_written"]


def test_who_cannot_be_looked_up_is_said_to_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_descriptor(_: int) -> Entry:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(census_module, "entry_of", no_descriptor)
    with caplog.at_level(logging.ERROR, "gray_router"):
        Census(tmp_path).add("worker-1", os.getpid())
    assert [record.getMessage() for record in caplog.records] == ["roster_not_written"]


def test_in_a_folder_that_is_another_routers_nothing_is_written_or_removed(tmp_path: Path) -> None:
    is_ours = True
    census = Census(tmp_path, lambda: is_ours)
    census.add("worker-1", os.getpid())
    census.open()
    is_ours = False
    write_roster(tmp_path, [PREDECESSORS])
    census.add("worker-2", os.getppid())
    census.repeat()
    assert read_roster(tmp_path) == {PREDECESSORS}
    is_ours = True
    census.repeat()
    assert read_roster(tmp_path) == {entry_of(os.getpid()), entry_of(os.getppid())}
    is_ours = False
    census.close()
    assert (tmp_path / "workers").exists()
