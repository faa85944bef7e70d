import contextlib
import stat
from pathlib import Path

import pytest

from router.wire.control_socket import (
    BACKLOG,
    bind_control,
    connect_control,
    control_id,
    remove_control,
)


def test_who_connects_is_met_there(tmp_path: Path) -> None:
    with bind_control(tmp_path) as control, connect_control(tmp_path) as worker:
        met, _ = control.accept()
        with met:
            worker.send(b"hello")
            assert met.recv(10) == b"hello"


def test_our_user_alone_may_connect(tmp_path: Path) -> None:
    with bind_control(tmp_path):
        assert stat.S_IMODE((tmp_path / "control.sock").stat().st_mode) == 0o600


def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    with bind_control(deep), connect_control(deep) as worker:
        assert worker.fileno() > 0


def test_a_socket_that_a_killed_supervisor_left_behind_is_replaced(tmp_path: Path) -> None:
    bind_control(tmp_path).close()
    with pytest.raises(ConnectionRefusedError):
        connect_control(tmp_path)
    with bind_control(tmp_path), connect_control(tmp_path):
        pass
    remove_control(tmp_path)
    with pytest.raises(FileNotFoundError):
        connect_control(tmp_path)


def test_a_folder_that_is_gone_is_no_supervisor(tmp_path: Path) -> None:
    for use in (connect_control, bind_control):
        with pytest.raises(FileNotFoundError):
            use(tmp_path / "gone")


def test_a_supervisor_that_does_not_keep_up_blocks_nobody(tmp_path: Path) -> None:
    with contextlib.ExitStack() as waiting:
        waiting.enter_context(bind_control(tmp_path))
        for _ in range(BACKLOG + 1):
            waiting.enter_context(connect_control(tmp_path))
        with pytest.raises(BlockingIOError):
            connect_control(tmp_path)


def test_a_socket_is_told_from_the_one_that_follows_it(tmp_path: Path) -> None:
    assert control_id(tmp_path) is None
    with bind_control(tmp_path):
        first = control_id(tmp_path)
        assert first is not None
        (tmp_path / "control.sock").rename(tmp_path / "kept")  # or its number would be given again
        with bind_control(tmp_path):
            assert control_id(tmp_path) not in (None, first)
