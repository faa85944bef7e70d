"""An admin API for tests of the command line: says what it is told to, remembers what it heard."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

RELEASE: dict[str, Any] = {
    "service": "support",
    "percent": 20.0,
    "effective_percent": 19.87,
    "status": "rolling",
    "epoch": 0,
    "revision": 4,
    "updated_at": "2026-09-21T14:13:20.000Z",
    "by": "local",
    "reason": "first users are content",
    "sticky": True,
    "stages": [5.0, 20.0, 50.0, 100.0],
    "fallbacks": {},
    "unconfirmed": [],
}
SERVICE: dict[str, Any] = {
    **RELEASE,
    "endpoints": {
        "legacy": [{"endpoint": "10.0.0.5:9001", "up": True, "reason": "", "ejected_by": 0}],
        "ai": [{"endpoint": "10.0.0.6:9002", "up": False, "reason": "refused", "ejected_by": 1}],
    },
}
WORKER: dict[str, Any] = {
    "name": "worker-1",
    "pid": 41,
    "state": "ready",
    "accepting": [0],
    "stands": {"support": [0, 4]},
}
REPLICA: dict[str, Any] = {
    "replica": "r1",
    "version": "0.1.0",
    "config_hash": "0123456789ab",
    "config_loaded_at": "2026-09-21T14:13:20.000Z",
    "refused_since": None,
    "problems": [],
    "needs_restart": [],
    "lease": 15.0,
    "draining": False,
    "workers": [WORKER, {**WORKER, "name": "worker-2", "pid": 42, "accepting": []}],
}
RELOADED: dict[str, Any] = {
    "config_hash": "0123456789ab",
    "is_changed": True,
    "added": [],
    "changed": ["support"],
    "removed": [],
    "needs_restart": [],
    "certificates": [],
    "warnings": [],
    "acknowledged": True,
    "missing": [],
    "applied_ms": 3.5,
}


REPORT: dict[str, Any] = {
    "service": "support",
    "epoch": 4,
    "revision": 9,
    "percent": 0,
    "complete": True,
    "durable": "store",
    "applied_ms": 41.2,
    "last_ai_byte_ms": 12.3,
    "replicas": [{"replica": "r1", "workers": 3, "acked": 3, "applied_ms": 41.2}],
    "in_flight_ai": 0,
    "bound_s": 0.0,
    "missing": [],
    "problems": [],
}
ROLLED_BACK: dict[str, Any] = {**RELEASE, "status": "rolled_back", "percent": 0.0, "epoch": 4}

Said = tuple[int, bytes, dict[str, str]]
"""Status, body and headers of an answer; status 0: none, the connection ends."""


def plain(data: object, status: int = 200) -> Said:
    """An answer in JSON."""
    return status, json.dumps(data).encode(), {}


def stream(*events: tuple[str, object]) -> Said:
    """Server-sent events; they end where the connection does."""
    text = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
    return 200, text.encode(), {"Content-Type": "text/event-stream"}


def published(service: str = "support", epoch: int = 4) -> tuple[str, object]:
    return "published", {"service": service, "epoch": epoch, "revision": 9}


def acknowledged(worker: str, ms: float, service: str = "support") -> tuple[str, object]:
    said = {"service": service, "replica": "r1", "worker": worker, "applied_ms": ms}
    return "acknowledged", said


@dataclass
class AdminDouble:
    """What it says, and what it was asked; of its replicas it always says what is so."""

    url: str
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    answers: Callable[[], None] = lambda: None
    script: list[Said] = field(default_factory=list)
    heard: list[tuple[str, str, Any]] = field(default_factory=list)
    asked_with: list[dict[str, str]] = field(default_factory=list)
    replica: dict[str, Any] = field(default_factory=lambda: dict(REPLICA))
    others: list[dict[str, Any]] = field(default_factory=list)
    beside: dict[str, Any] = field(default_factory=dict)
    """What `/replicas` says of all of them."""

    def says(self, data: object, status: int = 200) -> None:
        self.status, self.body = status, json.dumps(data).encode()

    def says_in_turn(self, *said: Said) -> None:
        """Answer so, one request after the other; the last one for all that follow."""
        self.script = list(said)

    def next(self) -> None:
        self.answers()
        if self.script:
            said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            self.status, self.body, self.headers = said


def _answer(request: BaseHTTPRequestHandler, double: AdminDouble) -> None:
    content = request.rfile.read(int(request.headers.get("Content-Length", 0)))
    double.heard.append((request.command, request.path, json.loads(content or b"null")))
    double.asked_with.append(dict(request.headers.items()))
    if request.path == "/api/v1/replicas":
        double.says({"replicas": [double.replica, *double.others], **double.beside})
    else:
        double.next()
    if not double.status:  # hang up without an answer
        return
    request.send_response(double.status)
    request.send_header("Content-Length", str(len(double.body)))
    for name, value in double.headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(double.body)


@contextmanager
def admin_double() -> Iterator[AdminDouble]:
    """Serve on a free port."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, double)

        def do_PUT(self) -> None:
            _answer(self, double)

        def do_POST(self) -> None:
            _answer(self, double)

        def do_DELETE(self) -> None:
            _answer(self, double)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answering)
    double = AdminDouble(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def silent_url() -> str:
    """An address where nobody listens."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_port}"
