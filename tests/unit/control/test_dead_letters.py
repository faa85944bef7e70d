import json
import os
import stat
import threading
from pathlib import Path

import pytest

from router.control import dead_letters
from router.control.dead_letters import FILE, LARGEST, DeadLetters
from tests.support.background import Told, owner, settle


async def test_each_letter_is_a_line_that_only_we_may_read(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path)
    await letters.keep({"delivery": "d1"})
    await letters.keep({"delivery": "d2"})
    await letters.close()
    file = tmp_path / FILE
    assert [json.loads(line)["delivery"] for line in file.read_text().splitlines()] == ["d1", "d2"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_letters_of_an_earlier_run_stay(tmp_path: Path) -> None:
    for name in ("d1", "d2"):
        letters = DeadLetters(tmp_path)
        await letters.keep({"delivery": name})
        await letters.close()
    assert len((tmp_path / FILE).read_text().splitlines()) == 2


async def test_no_more_than_two_files_are_ever_kept(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path)
    for _ in range(7):
        await letters.keep({"body": "x" * (LARGEST // 2)})
    await letters.close()
    found = kept_in(tmp_path)
    assert sorted(found) == [FILE, f"{FILE}.1"]
    assert all(each.st_size <= LARGEST for each in found.values())
    assert all(stat.S_IMODE(each.st_mode) == 0o600 for each in found.values())


def kept_in(folder: Path) -> dict[str, os.stat_result]:
    return {path.name: path.stat() for path in folder.iterdir()}


async def test_a_disk_that_takes_nothing_is_told_of(tmp_path: Path, told: list[Told]) -> None:
    letters = DeadLetters(tmp_path / "gone")
    await letters.keep({"delivery": "d1"})
    await letters.close()
    assert [name for name, _ in told] == ["dead_letter_lost"]


async def test_what_comes_after_the_end_is_told_of(tmp_path: Path, told: list[Told]) -> None:
    letters = DeadLetters(tmp_path)
    await letters.keep({"delivery": "d1"})
    await letters.close()
    await letters.keep({"delivery": "d2"})
    assert [name for name, _ in told] == ["dead_letter_lost"]


async def test_a_disk_that_hangs_is_not_waited_for(
    tmp_path: Path, told: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "CLOSE_LIMIT", 0.05)
    hanging = threading.Event()
    letters = DeadLetters(tmp_path)
    await letters.keep({"delivery": "d1"})
    monkeypatch.setattr(letters, "_write", lambda _: hanging.wait())
    with owner() as tasks:
        tasks.spawn(letters.keep({"delivery": "d2"}), "letter")
        await settle()
        await letters.close()
        assert told == [("dead_letter_lost", {"error": "the disk has not answered"})]
        hanging.set()
        await tasks.close()
