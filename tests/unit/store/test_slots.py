import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from router.errors import NotDurableError, StoreUnavailableError
from router.store.slots import SlotFile

SIZE = 64
NEW, OLD = b"n" * SIZE, b"o" * SIZE


def slot_file(folder: Path) -> SlotFile:
    return SlotFile(folder / "rollback.journal", SIZE)


def test_a_file_that_is_not_there_has_no_slots(tmp_path: Path) -> None:
    assert slot_file(tmp_path).read() == ()
    assert list(tmp_path.iterdir()) == []


def test_slots_are_zeros_that_are_really_there_and_for_us_alone(tmp_path: Path) -> None:
    slots = slot_file(tmp_path)
    slots.grow(100)
    slots.close()
    status = (tmp_path / "rollback.journal").stat()
    assert slots.read() == [bytes(SIZE)] * 100
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_blocks * 512 >= 100 * SIZE


def test_a_new_file_has_its_name_after_a_power_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda file: names.append(Path(f"/proc/self/fd/{file}").readlink())
    )
    slots = slot_file(tmp_path)
    slots.grow(1)
    slots.close()
    assert names == [tmp_path / "rollback.journal", tmp_path]


def test_a_slot_that_is_written_is_read_by_another(tmp_path: Path) -> None:
    slots = slot_file(tmp_path)
    slots.grow(3)
    slots.write(1, NEW)
    assert slot_file(tmp_path).read() == [bytes(SIZE), NEW, bytes(SIZE)]
    slots.close()


def test_more_slots_leave_those_alone_that_are_there(tmp_path: Path) -> None:
    slots = slot_file(tmp_path)
    slots.grow(2)
    slots.write(0, OLD)
    slots.grow(4)
    slots.grow(3)
    assert slots.read() == [OLD, bytes(SIZE), bytes(SIZE), bytes(SIZE)]
    slots.close()


def test_a_part_of_a_slot_is_none_and_is_completed(tmp_path: Path) -> None:
    (tmp_path / "rollback.journal").write_bytes(OLD + b"torn")
    slots = slot_file(tmp_path)
    assert slots.read() == [OLD]
    slots.grow(2)
    assert slots.read() == [OLD, bytes(SIZE)]
    slots.close()


def test_a_disk_that_takes_a_part_at_a_time_gets_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.pwrite
    slots = slot_file(tmp_path)
    slots.grow(1)
    monkeypatch.setattr(os, "pwrite", lambda file, content, at: whole(file, content[:10], at))
    slots.write(0, NEW)
    assert slots.read() == [NEW]
    slots.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", ["open", "pwrite", "fdatasync"])
def test_a_disk_that_fails_at_any_call_is_named_and_may_recover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    prepared = slot_file(tmp_path)
    prepared.grow(1)
    prepared.close()
    slots = slot_file(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(os, call, failing(number))
        with pytest.raises(NotDurableError, match=rf"rollback\.journal: {os.strerror(number)}"):
            slots.write(0, NEW)
    slots.write(0, NEW)
    assert slots.read() == [NEW]
    slots.close()


@pytest.mark.parametrize("call", ["open", "fstat", "pwrite", "fsync"])
def test_a_file_that_cannot_be_made_is_named_and_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    slots = slot_file(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(os, call, failing(errno.ENOSPC))
        with pytest.raises(NotDurableError, match="No space left on device"):
            slots.grow(4)
    slots.grow(4)
    assert slots.read() == [bytes(SIZE)] * 4
    slots.close()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "rollback.journal").mkdir()
    with pytest.raises(StoreUnavailableError, match="Is a directory"):
        slot_file(tmp_path).read()


def test_no_descriptor_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    slots = slot_file(tmp_path)
    slots.grow(1)
    slots.close()
    slots.close()
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(NotDurableError):
        slots.grow(2)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def failing(number: int) -> Any:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_file_that_was_removed_or_replaced_is_displaced_until_it_is_opened_anew(
    tmp_path: Path,
) -> None:
    slots, path = slot_file(tmp_path), tmp_path / "rollback.journal"
    seen = [slots.is_displaced]
    slots.grow(1)
    seen.append(slots.is_displaced)
    path.unlink()
    seen.append(slots.is_displaced)
    path.touch()
    seen.append(slots.is_displaced)
    slots.close()
    slots.write(0, NEW)
    seen.append(slots.is_displaced)
    assert seen == [False, False, True, True, False]
    assert slots.read() == [NEW]
    slots.close()
