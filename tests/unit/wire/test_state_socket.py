import contextlib
import stat
from pathlib import Path

import pytest

from router.wire.state_socket import BACKLOG, bind_there, connect_there


def test_who_connects_is_met_there(tmp_path: Path) -> None:
    with (
        bind_there(tmp_path, "a.sock") as listening,
        connect_there(tmp_path, "a.sock") as connected,
    ):
        met, _ = listening.accept()
        with met:
            connected.send(b"hello")
            assert met.recv(10) == b"hello"


def test_our_user_alone_may_connect(tmp_path: Path) -> None:
    with bind_there(tmp_path, "a.sock"):
        assert stat.S_IMODE((tmp_path / "a.sock").stat().st_mode) == 0o600


def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    with bind_there(deep, "a.sock"), connect_there(deep, "a.sock") as connected:
        assert connected.fileno() > 0


def test_a_socket_that_a_killed_process_left_behind_is_replaced(tmp_path: Path) -> None:
    bind_there(tmp_path, "a.sock").close()
    with pytest.raises(ConnectionRefusedError):
        connect_there(tmp_path, "a.sock")
    with bind_there(tmp_path, "a.sock"), connect_there(tmp_path, "a.sock"):
        pass


def test_a_folder_that_is_gone_is_nobody(tmp_path: Path) -> None:
    for use in (connect_there, bind_there):
        with pytest.raises(FileNotFoundError):
            use(tmp_path / "gone", "a.sock")


def test_a_listener_that_does_not_keep_up_blocks_nobody(tmp_path: Path) -> None:
    with contextlib.ExitStack() as waiting:
        waiting.enter_context(bind_there(tmp_path, "a.sock"))
        for _ in range(BACKLOG + 1):
            waiting.enter_context(connect_there(tmp_path, "a.sock"))
        with pytest.raises(BlockingIOError):
            connect_there(tmp_path, "a.sock")
