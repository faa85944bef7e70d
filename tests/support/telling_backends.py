"""Two backends that put secrets wherever an answer has a place, each its own way."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARK = "m4rk3d"
"""Stands where header rules, masks, names of credentials and detectors cover it."""

ADDRESS = f"{MARK}@secret.example"
CARD = 4111111111111111
PLAIN = "pl41n"
"""Stands in content that is alike on both sides: only `full` may keep it."""

DIFFERING = "d1ff3r"
"""Stands in content that differs, and is no secret to anybody who reads values that differ."""

Said = tuple[int, str, bytes]
"""Status, content type, body."""


def said(kind: str, who: str) -> Said:
    """Return what a backend answers."""
    differs = f"{DIFFERING}-{who}"
    document = json.dumps(_document(who, differs))
    pieces = (f"{differs} {MARK}@sec", "ret.exam", "ple or ", f"{who} ", PLAIN)
    text = f"{differs}: ask {who}.{ADDRESS}, Bearer {MARK}12345678"
    answers: dict[str, tuple[int, str, str]] = {
        "text": (200, "text/plain", text),
        "events": (200, "text/event-stream", "".join(map(_event, pieces))),
        "lines": (200, "application/x-ndjson", f'{document}\n{{"n":"{who}"}}'),
        "error": (500, "application/problem+json", document),
        "image": (200, "image/png", f"\0{MARK}{who}"),
    }
    status, content_type, body = answers.get(kind, (200, "application/json", document))
    return status, content_type, body.encode()


def _event(piece: str) -> str:
    return f"data: {json.dumps({'t': piece})}\n\n"


def _document(who: str, differs: str) -> dict[str, object]:
    return {
        "same": PLAIN,
        "differs": differs,
        "to": f"{who}.{ADDRESS}",
        "card": CARD if who == "ai" else "none",
        "masked": f"{MARK} {who}",
        "password": f"{MARK} {who}",
        "by": {f"{who}.{ADDRESS}": 1},
        "call": {"arguments": json.dumps({"to": f"{who}.{ADDRESS}", "api_key": MARK + who})},
        "list": [{"name": f"{who}.{ADDRESS}", "masked": MARK + who}],
    }


class Backend(ThreadingHTTPServer):
    def __init__(self, who: str) -> None:
        super().__init__(("127.0.0.1", 0), Telling)
        self.who = who


class Telling(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        backend = self.server
        assert isinstance(backend, Backend)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.path.split("/")[2]
        status, content_type, body = said(kind, backend.who)
        self.send_response(status, MARK)
        for name, value in (
            ("Content-Type", content_type),
            ("Set-Cookie", f"{MARK}={MARK}{backend.who}"),
            ("x-internal", f"{MARK}{backend.who}"),
            ("x-region", f"{DIFFERING}-{backend.who}"),
            ("x-gray-model", "model-a"),
        ):
            self.send_header(name, value)
        if kind == "trailers":
            self.send_header("Trailer", "x-secret")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            trailer = f"0\r\nx-secret: {MARK}{backend.who}\r\n\r\n".encode()
            self.wfile.write(b"%x\r\n%b\r\n%b" % (len(body), body, trailer))
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def telling_backends() -> Iterator[dict[str, int]]:
    """Serve until the end; give both ports by their names."""
    both = [Backend(who) for who in ("legacy", "ai")]
    threads = [threading.Thread(target=it.serve_forever, args=(0.01,)) for it in both]
    for thread in threads:
        thread.start()
    yield {backend.who: backend.server_port for backend in both}
    for backend in both:
        backend.shutdown()
        backend.server_close()
    for thread in threads:
        thread.join()
