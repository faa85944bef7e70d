"""What a worker process has loaded after it has served: a snapshot's reader, and no framework.

import-linter reads what the code says; this looks at a process that ran.
"""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from router.model import ALL, Variant
from router.routing.snapshot import (
    Condition,
    CookiePolicy,
    Endpoint,
    Match,
    Place,
    PlaceKind,
    Rule,
    Service,
    Snapshot,
    Split,
    Upstream,
)
from router.wire.codec import encode
from router.wire.messages import Apply, Drain, ToWorker

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
def worker(control: socket.socket, listening: socket.socket) -> Iterator[subprocess.Popen[str]]:
    descriptors = ["--control-fd", str(control.fileno()), "--listen-fd", str(listening.fileno())]
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, *descriptors],
        pass_fds=(control.fileno(), listening.fileno()),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process


def modules_after_serving(service: Service) -> set[str]:
    """Let a worker answer one request by this service, and return what it had loaded at its end."""
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listening:
        ours.settimeout(20)
        with worker(theirs, listening) as process:
            tell(ours, Apply(Snapshot(1, (service,))))
            assert ours.recv(1), "the worker did not take the snapshot over"
            with socket.create_connection(listening.getsockname(), 20) as client:
                client.sendall(REQUEST)
                assert b" 502 " in client.recv(4096)
            tell(ours, Drain(1.0))
            loaded, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    return set(loaded.split())


def tell(control: socket.socket, message: ToWorker) -> None:
    control.sendall(encode(message))


@pytest.mark.parametrize("service", [PLAIN, READS_BODIES], ids=["plain", "reads bodies"])
def test_a_worker_that_has_served_has_loaded_no_framework(service: Service) -> None:
    loaded = modules_after_serving(service)
    assert "router.proxy.exchange" in loaded
    assert not {name for name in loaded for root in FORBIDDEN if f"{name}.".startswith(f"{root}.")}


def test_a_worker_loads_a_json_reader_only_for_services_that_read_bodies() -> None:
    assert "orjson" not in modules_after_serving(PLAIN)
    assert "orjson" in modules_after_serving(READS_BODIES)
