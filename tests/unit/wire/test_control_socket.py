from pathlib import Path

import pytest

from router.wire.control_socket import bind_control, connect_control, control_id, remove_control


def test_who_connects_is_met_at_the_control_socket(tmp_path: Path) -> None:
    with bind_control(tmp_path) as control, connect_control(tmp_path) as worker:
        met, _ = control.accept()
        with met:
            worker.send(b"hello")
            assert met.recv(10) == b"hello"
        assert (tmp_path / "control.sock").is_socket()


def test_nobody_tries_in_vain_once_it_is_removed(tmp_path: Path) -> None:
    bind_control(tmp_path).close()
    remove_control(tmp_path)
    with pytest.raises(FileNotFoundError):
        connect_control(tmp_path)


def test_a_socket_is_told_from_the_one_that_follows_it(tmp_path: Path) -> None:
    assert control_id(tmp_path) is None
    with bind_control(tmp_path):
        first = control_id(tmp_path)
        assert first is not None
        (tmp_path / "control.sock").rename(tmp_path / "kept")  # or its number would be given again
        with bind_control(tmp_path):
            assert control_id(tmp_path) not in (None, first)
