import os
import subprocess
import sys
from pathlib import Path

from loadtests.faults.hosts import Hosts

ASK = "import socket; print(socket.getaddrinfo('legacy.example.com', 9)[0][4][0])"


def answer(hosts: Hosts) -> str:
    environment = {**os.environ, **hosts.environment({})}
    ran = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, check=True, capture_output=True, text=True
    )
    return ran.stdout.strip()


def test_a_name_has_the_address_that_it_was_given_last(tmp_path: Path) -> None:
    hosts = Hosts(tmp_path)
    hosts.point("legacy.example.com", "127.0.0.1")
    assert answer(hosts) == "127.0.0.1"
    hosts.point("legacy.example.com", "127.0.0.2")
    assert answer(hosts) == "127.0.0.2"


def test_what_was_in_the_path_stays_there(tmp_path: Path) -> None:
    hosts = Hosts(tmp_path)
    assert hosts.environment({"PYTHONPATH": "/a:/b"})["PYTHONPATH"].endswith("/hosts:/a:/b")
