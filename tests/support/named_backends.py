"""A legacy and an AI backend that answer with their names."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Backend(ThreadingHTTPServer):
    """Answers with its name, and counts; `/slow` only once it may."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.name = name
        self.asked = 0
        self.has_slow_request = threading.Event()
        self.may_answer = threading.Event()

    @property
    def port(self) -> int:
        return self.server_port


class Answering(BaseHTTPRequestHandler):
    """Answers for the backend."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        backend = self.server
        assert isinstance(backend, Backend)
        backend.asked += 1
        if self.path == "/slow":
            backend.has_slow_request.set()
            backend.may_answer.wait(10)
        body = backend.name.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def named_backends() -> Iterator[dict[str, Backend]]:
    """Serve until the end; give both by their names."""
    both = {name: Backend(name) for name in ("legacy", "ai")}
    threads = [
        threading.Thread(target=backend.serve_forever, args=(0.01,)) for backend in both.values()
    ]
    for thread in threads:
        thread.start()
    yield both
    for backend in both.values():
        backend.may_answer.set()
        backend.shutdown()
        backend.server_close()
    for thread in threads:
        thread.join()
