import os
from pathlib import Path

import pytest

from router.wire.roster import Entry, entry_of, read_roster, remove_roster, write_roster


def test_who_was_written_is_read(tmp_path: Path) -> None:
    entries = {Entry(1, 2), Entry(30, 4)}
    write_roster(tmp_path, entries)
    assert read_roster(tmp_path) == entries
    write_roster(tmp_path, [Entry(5, 6)])
    assert read_roster(tmp_path) == {Entry(5, 6)}
    remove_roster(tmp_path)
    remove_roster(tmp_path)
    assert read_roster(tmp_path) == frozenset()


def test_where_the_folder_is_gone_nobody_stands(tmp_path: Path) -> None:
    assert read_roster(tmp_path / "gone") == frozenset()
    (tmp_path / "file").touch()
    assert read_roster(tmp_path / "file") == frozenset()


def test_a_line_that_means_nothing_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "workers").write_text("1 2\n\nsome words here\n3 x\n4 5\n")
    assert read_roster(tmp_path) == {Entry(1, 2), Entry(4, 5)}


@pytest.mark.parametrize("damaged", [b"\xff\xfe", b"-5 7", b"0 0", bytes(20), b"1 2 3"])
def test_damage_is_told_and_read_over(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "workers").write_bytes(b"1 2\n" + damaged + b"\n")
    told: list[bytes] = []
    assert read_roster(tmp_path, told.append) == {Entry(1, 2)}
    assert told == [damaged]


def test_a_process_is_meant_by_its_id_and_its_start() -> None:
    own, parents = entry_of(os.getpid()), entry_of(os.getppid())
    assert own is not None
    assert parents is not None
    assert own.pid == os.getpid()
    assert 0 < parents.started <= own.started
    assert entry_of(2**22) is None  # beyond the highest process id
