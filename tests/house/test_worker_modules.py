"""What a worker process has loaded after it has served: a snapshot's reader, and no framework.

import-linter reads what the code says; this looks at a process that ran.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from router.control.rate_memory import make_rate_memory
from router.model import ALL, Variant
from router.routing.snapshot import (
    Condition,
    CookiePolicy,
    Endpoint,
    Match,
    Place,
    PlaceKind,
    Rule,
    Sends,
    Service,
    Shadow,
    Snapshot,
    Split,
    Upstream,
)
from router.wire.codec import encode
from router.wire.control_socket import bind_control
from router.wire.messages import Accept, Apply, Drain

FORBIDDEN = {
    "aiohttp",
    "cryptography",
    "prometheus_client",
    "pydantic",
    "redis",
    "rich",
    "router.cli",
    "router.control",
    "router.demo",
    "router.release",
    "router.settings",
    "router.store",
    "ruamel",
    "sqlite3",
}
WORKER = """
import atexit, sys
atexit.register(lambda: print(*sorted(sys.modules), sep="\\n", flush=True))
from router.processes.worker import main
main()
"""
NOWHERE = Upstream((Endpoint("127.0.0.1", 1),))
REQUEST = (
    b'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{"user": 1}'
)

PLAIN = Service("plain", Match(), NOWHERE, NOWHERE, Split("plain"), share=ALL)
COPIES = replace(PLAIN, shadow=Shadow(Sends.BOTH, ALL, b"k" * 32, NOWHERE, NOWHERE))
READS_BODIES = replace(
    PLAIN,
    split=Split(
        "reads",
        keys=(Place(PlaceKind.JSON, "/user"), Place(PlaceKind.COOKIE, "id")),
        cookie=CookiePolicy("gray_id", 60),
        rules=(Rule(Condition(json=(("/vip", True),)), Variant.AI),),
        cache_private=True,
    ),
)


@contextmanager
def worker(state_dir: Path, listening: socket.socket) -> Iterator[subprocess.Popen[str]]:
    rates = make_rate_memory()
    arguments = ["--state-dir", str(state_dir), "--name", "worker-1", "--rates-fd", str(rates)]
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments, "--listen-fd", f"0:{listening.fileno()}"],
        pass_fds=(rates, listening.fileno()),
        stdout=subprocess.PIPE,
        text=True,
    )
    os.close(rates)
    with process:
        yield process


def modules_after_serving(service: Service, state_dir: Path) -> set[str]:
    """Let a worker answer one request by this service, and return what it had loaded at its end."""
    with (
        bind_control(state_dir) as control,
        socket.create_server(("127.0.0.1", 0)) as listening,
        worker(state_dir, listening) as process,
    ):
        control.settimeout(20)
        ours, _ = control.accept()
        with ours:
            ours.settimeout(20)
            for word in (Apply(Snapshot(1, (service,))), Accept([0])):
                ours.sendall(encode(word))
            with socket.create_connection(listening.getsockname(), 20) as client:
                client.sendall(REQUEST)
                assert b" 502 " in client.recv(4096)
            ours.sendall(encode(Drain(1.0)))
            loaded, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    return set(loaded.split())


@pytest.mark.parametrize(
    "service", [PLAIN, READS_BODIES, COPIES], ids=["plain", "reads bodies", "copies"]
)
def test_a_worker_that_has_served_has_loaded_no_framework(service: Service, tmp_path: Path) -> None:
    loaded = modules_after_serving(service, tmp_path)
    assert "router.proxy.exchange" in loaded
    assert not {name for name in loaded for root in FORBIDDEN if f"{name}.".startswith(f"{root}.")}


def test_a_worker_loads_a_json_reader_only_for_services_that_read_bodies(tmp_path: Path) -> None:
    assert "orjson" not in modules_after_serving(PLAIN, tmp_path)
    assert "orjson" in modules_after_serving(READS_BODIES, tmp_path)


def test_a_worker_that_copies_knows_what_a_pair_is_and_nothing_of_comparing(tmp_path: Path) -> None:
    loaded = modules_after_serving(COPIES, tmp_path)
    comparing = {name for name in loaded if name.startswith("router.compare")}
    values = {"router.compare", "router.compare.pair", "router.compare.rules"}
    assert comparing <= values  # the messages of the wire are made of these
    assert "orjson" not in loaded
