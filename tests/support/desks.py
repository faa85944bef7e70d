"""A legacy and an AI backend that give a ticket a label, and remember what they were asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Desk(ThreadingHTTPServer):
    """A backend that answers with a label, and remembers what it was asked."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.name = name
        self.asked: list[tuple[str, dict[str, str], bytes]] = []


class Asked(BaseHTTPRequestHandler):
    """One connection. AI says something else about `/differs`, and fails at `/fails`."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """An answer is one piece: in two it would take until the first is acknowledged."""

    def do_POST(self) -> None:
        desk = self.server
        assert isinstance(desk, Desk)
        text = self.rfile.read(int(self.headers["content-length"]))
        desk.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, text))
        is_other = desk.name == "ai" and self.path == "/differs"
        answer = {"label": "complaint" if is_other else "refund", "text": text.decode()}
        body = json.dumps(answer).encode()
        self.send_response(500 if desk.name == "ai" and self.path == "/fails" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def desks() -> Iterator[tuple[Desk, Desk]]:
    both = Desk("legacy"), Desk("ai")
    threads = [threading.Thread(target=desk.serve_forever, args=(0.01,)) for desk in both]
    for thread in threads:
        thread.start()
    try:
        yield both
    finally:
        for desk in both:
            desk.shutdown()
            desk.server_close()
        for thread in threads:
            thread.join()
