import errno
from pathlib import Path

import pytest

from router.wire.whole_file import replace_whole


def test_a_file_is_made_and_then_replaced(tmp_path: Path) -> None:
    path = tmp_path / "counted"
    replace_whole(path, b"old and long")
    assert path.read_bytes() == b"old and long"
    replace_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_readable_by_its_owner_alone_from_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    write = Path.write_bytes

    def looked_at(new: Path, content: bytes) -> int:
        modes.append(new.stat().st_mode & 0o777)
        return write(new, content)

    monkeypatch.setattr(Path, "write_bytes", looked_at)
    replace_whole(tmp_path / "key", b"secret", is_secret=True)
    assert (modes, (tmp_path / "key").stat().st_mode & 0o777) == ([0o600], 0o600)


def test_who_reads_meanwhile_reads_the_old_one_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "counted"
    replace_whole(path, b"old")
    with path.open("rb") as reader:
        replace_whole(path, b"newer")
        assert reader.read() == b"old"


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "counted.new").write_bytes(b"half of what was to be writ")
    replace_whole(tmp_path / "counted", b"whole")
    assert (tmp_path / "counted").read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "counted"]


def test_where_writing_fails_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "counted"
    replace_whole(path, b"old")

    def fill_the_disk(new: Path, content: bytes) -> int:
        with new.open("wb") as half:
            half.write(content[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        replace_whole(path, b"new")
    assert path.read_bytes() == b"old"
