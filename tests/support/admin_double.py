"""An admin API for tests of the command line: says what it is told to, remembers what it heard."""

import json
import threading
from collections.abc import Iterator
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


@dataclass
class AdminDouble:
    """What it says, and what it was asked; of its replicas it always says what is so."""

    url: str
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, str, Any]] = field(default_factory=list)
    replica: dict[str, Any] = field(default_factory=lambda: dict(REPLICA))

    def says(self, data: object, status: int = 200) -> None:
        self.status, self.body = status, json.dumps(data).encode()


@contextmanager
def admin_double() -> Iterator[AdminDouble]:
    """Serve on a free port."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            double.heard.append((self.command, self.path, json.loads(content or b"null")))
            if self.path == "/api/v1/replicas":
                double.says({"replicas": [double.replica]})
            if not double.status:  # hang up without an answer
                return
            self.send_response(double.status)
            self.send_header("Content-Length", str(len(double.body)))
            for name, value in double.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(double.body)

        def do_PUT(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

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
