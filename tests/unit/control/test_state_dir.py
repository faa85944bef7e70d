import errno
import fcntl
import os
import re
import shutil
import stat
from pathlib import Path

import pytest

from router.control.state_dir import Claim, open_control
from router.errors import StateDirError


def test_the_folder_is_made_for_us_alone(tmp_path: Path) -> None:
    state_dir = tmp_path / "var" / "data"
    with Claim(state_dir):
        assert stat.S_IMODE(state_dir.stat().st_mode) == 0o700
        assert (state_dir / "serve.lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_has_one_supervisor_at_a_time_and_then_another(tmp_path: Path) -> None:
    with Claim(tmp_path):
        taken = rf"belongs to a router that runs already \(pid {os.getpid()}\)"
        with pytest.raises(StateDirError, match=taken), Claim(tmp_path):
            pass
    with Claim(tmp_path):
        pass


def test_a_folder_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    state_dir = tmp_path / "file" / "data"
    refusal = f"state_dir: {re.escape(str(state_dir))} cannot be used: Not a directory"
    with pytest.raises(StateDirError, match=refusal), Claim(state_dir):
        pass


def test_a_lock_is_held_as_long_as_it_lies_there_and_can_be_taken_again(tmp_path: Path) -> None:
    state_dir = tmp_path / "data"
    claim = Claim(state_dir)
    held = [claim.is_held]
    with claim:
        held.append(claim.is_held)
        shutil.rmtree(state_dir)
        held.append(claim.is_held)
        claim.take()
        held.append(claim.is_held)
        with pytest.raises(StateDirError, match="belongs to a router that runs already"):
            Claim(state_dir).take()
    assert [*held, claim.is_held] == [False, True, False, True, False]


def test_what_another_one_has_taken_meanwhile_is_not_ours(tmp_path: Path) -> None:
    state_dir = tmp_path / "data"
    with Claim(state_dir) as claim:
        shutil.rmtree(state_dir)
        with Claim(state_dir) as others:
            assert not claim.is_held
            with pytest.raises(StateDirError, match="belongs to a router that runs already"):
                claim.take()
            assert others.is_held


def test_a_full_disk_takes_no_process_id_and_the_lock_holds_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with Claim(tmp_path):
        taken = r"belongs to a router that runs already \(pid unknown\)"
        with pytest.raises(StateDirError, match=taken), Claim(tmp_path):
            pass


def test_a_file_system_without_locks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unknown)
    with pytest.raises(StateDirError, match="cannot be locked: No locks available"):
        Claim(tmp_path).take()


def test_workers_find_the_control_socket_there(tmp_path: Path) -> None:
    with open_control(tmp_path):
        assert (tmp_path / "control.sock").is_socket()
    with pytest.raises(StateDirError, match="no socket can be made"):
        open_control(tmp_path / "gone")
