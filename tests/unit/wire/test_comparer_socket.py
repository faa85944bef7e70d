import stat
from pathlib import Path

import pytest

from router.wire.comparer_socket import bind_comparer, bind_counter, connect_comparer


def test_a_worker_meets_the_comparer(tmp_path: Path) -> None:
    with bind_comparer(tmp_path) as comparer, connect_comparer(tmp_path) as worker:
        met, _ = comparer.accept()
        with met:
            worker.send(b"pairs")
            assert met.recv(10) == b"pairs"
        assert stat.S_IMODE((tmp_path / "comparer.sock").stat().st_mode) == 0o600


def test_where_no_comparer_is_nobody_waits_for_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect_comparer(tmp_path)


def test_pairs_that_somebody_else_has_made_come_by_another_door(tmp_path: Path) -> None:
    with bind_counter(tmp_path):
        assert stat.S_IMODE((tmp_path / "pairs.sock").stat().st_mode) == 0o600
