import socket
from pathlib import Path

import pytest

from router.control.systemd import notifier


@pytest.mark.parametrize("is_abstract", [False, True], ids=["path", "abstract"])
def test_the_service_manager_hears_every_line(tmp_path: Path, is_abstract: bool) -> None:
    name = f"gray-router-test-{tmp_path.name}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name if is_abstract else name)
        manager.settimeout(5)
        notify = notifier({"NOTIFY_SOCKET": "@" + name if is_abstract else name})
        notify("READY=1", "STATUS=serving")
        assert manager.recv(100) == b"READY=1\nSTATUS=serving"


def test_without_a_service_manager_nothing_is_said(tmp_path: Path) -> None:
    notifier({})("READY=1")
    notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")})("READY=1")
