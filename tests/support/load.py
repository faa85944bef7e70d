"""Clients that never stop asking, and count what they were answered."""

import http.client
import ssl
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

from tests.support.threads import Threads

PATIENCE: Final = 15.0
"""Seconds."""

KEPT: Final = 20
"""Requests that a client sends over one connection before it makes another one."""


HEALTH: Final = "/healthz"


class NamedBackend(ThreadingHTTPServer):
    """Answers every request with its name, and whoever asks for its health by `is_well`."""

    def __init__(
        self, name: str, at: tuple[str, int] = ("127.0.0.1", 0), tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(at, _Naming)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.answer: Final = name.encode()
        self.is_well = True
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return self.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Naming(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        backend = self.server
        assert isinstance(backend, NamedBackend)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_ill = self.path == HEALTH and not backend.is_well
        self.send_response(503 if is_ill else 200)
        self.send_header("Content-Length", str(len(backend.answer)))
        self.end_headers()
        self.wfile.write(backend.answer)

    def do_POST(self) -> None:
        self.do_GET()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


class Load(Threads):
    """Asks for these paths over and over, by GET and POST in turn; answers are counted.

    A POST is never sent twice by anybody, so that one which is lost is seen.
    """

    def __init__(self, port: int, *paths: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__([threading.Thread(target=self._ask, args=(path,)) for path in paths])
        self._port = port
        self._tls = tls
        self._news = threading.Condition()
        self.answers: Final[dict[str, Counter[tuple[int, str]]]] = {
            path: Counter() for path in paths
        }
        self.failures: Final[list[str]] = []

    def wait_for(self, path: str, status: int, body: str, count: int = 1) -> None:
        """Return once a path has been answered like this so many more times."""
        counted, wanted = self.answers[path], (status, body)
        with self._news:
            enough = counted[wanted] + count
            assert self._news.wait_for(lambda: counted[wanted] >= enough, PATIENCE), self.answers

    def seen(self, path: str, body: str) -> int:
        """Return how often a path was answered with 200 and this body."""
        return self.answers[path][200, body]

    @property
    def total(self) -> int:
        return sum(counted.total() for counted in self.answers.values())

    def _ask(self, path: str) -> None:
        while not self._is_over.is_set():
            connection = self._connection()
            try:
                for number in range(KEPT):
                    method, body = ("POST", b"ticket") if number % 2 else ("GET", None)
                    connection.request(method, path, body)
                    answer = connection.getresponse()
                    self._count(path, answer.status, answer.read().decode())
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{path}: {error!r}")
            finally:
                connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        return http.client.HTTPSConnection(
            "127.0.0.1", self._port, timeout=PATIENCE, context=self._tls
        )

    def _count(self, path: str, status: int, body: str) -> None:
        with self._news:
            self.answers[path][status, body] += 1
            self._news.notify_all()
