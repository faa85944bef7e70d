import os
import re
import stat
from pathlib import Path

import pytest

from router.control.state_dir import claimed, open_control
from router.errors import StateDirError


def test_the_folder_is_made_for_us_alone(tmp_path: Path) -> None:
    state_dir = tmp_path / "var" / "data"
    with claimed(state_dir):
        assert stat.S_IMODE(state_dir.stat().st_mode) == 0o700
        assert (state_dir / "serve.lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_has_one_supervisor_at_a_time_and_then_another(tmp_path: Path) -> None:
    with claimed(tmp_path):
        taken = rf"belongs to a router that runs already \(pid {os.getpid()}\)"
        with pytest.raises(StateDirError, match=taken), claimed(tmp_path):
            pass
    with claimed(tmp_path):
        pass


def test_a_folder_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    state_dir = tmp_path / "file" / "data"
    refusal = f"state_dir: {re.escape(str(state_dir))} cannot be used: Not a directory"
    with pytest.raises(StateDirError, match=refusal), claimed(state_dir):
        pass


def test_workers_find_the_control_socket_there(tmp_path: Path) -> None:
    with open_control(tmp_path):
        assert (tmp_path / "control.sock").is_socket()
    with pytest.raises(StateDirError, match="no socket can be made"):
        open_control(tmp_path / "gone")
