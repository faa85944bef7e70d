"""Nothing that a client or a backend sends is found in what the router writes or shows."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.support.serving import RunningRouter, service

MARK = "m4rk3d"
"""Stands in everything that is sent, as a secret might."""

HEAD = (
    f"Host: support.test\r\nAuthorization: Bearer {MARK}\r\nCookie: session={MARK}\r\n"
    f"x-user-id: {MARK}\r\nx-forwarded-for: {MARK}\r\n"
)
SENT = {
    "whole": f"POST /{MARK}?token={MARK} HTTP/1.1\r\n{HEAD}Content-Length: 6\r\n\r\n{MARK}",
    "malformed": f"GET / HTTP/1.1\r\n{HEAD}{MARK} : x\r\n\r\n",
    "no request": f"{MARK} {MARK}\r\n\r\n",
    "unknown method": f"{MARK.upper()} / HTTP/1.1\r\n{HEAD}\r\n",
    "no route": f"GET /nowhere/{MARK} HTTP/1.1\r\nHost: {MARK}.test\r\n\r\n",
    "bad request id": f"GET /{MARK} HTTP/1.1\r\n{HEAD}x-request-id: {MARK} {{}}\r\n\r\n",
}
ANSWERS = {
    "whole": f"HTTP/1.1 500 {MARK}\r\nSet-Cookie: {MARK}\r\nContent-Length: 6\r\n\r\n{MARK}",
    "malformed": f"HTTP/1.1 200 OK\r\n{MARK} : x\r\n\r\n",
    "cut": f"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{MARK}",
}


class Scripted(socketserver.StreamRequestHandler):
    """Answers each request with the server's script, whatever it is, and hangs up."""

    def handle(self) -> None:
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        backend = self.server
        assert isinstance(backend, Backend)
        self.wfile.write(backend.answer)


class Backend(socketserver.ThreadingTCPServer):
    def __init__(self, answer: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Scripted)
        self.answer = answer

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@pytest.fixture(params=ANSWERS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    with Backend(ANSWERS[request.param].encode()) as scripted:
        serving = threading.Thread(target=scripted.serve_forever, args=(0.01,))
        serving.start()
        yield scripted
        scripted.shutdown()
        serving.join()


def test_secrets_stay_between_client_and_backend(backend: Backend) -> None:
    config = {
        "proxy": {"access_log": "all"},
        "services": [
            service(
                legacy=backend.port,
                ai=backend.port,
                match={"hosts": ["support.test"]},
                split={"key": ["header:x-user-id"], "cache": "private"},
            )
        ],
    }
    with RunningRouter(config) as router:
        router.set_percent(50)
        answers = [asked(router, sent.encode()) for sent in SENT.values()]
        assert all(answer.startswith(b"HTTP/1.1 ") for answer in answers)
        shown = [
            router.admin("GET", path).body.decode()
            for path in ("/metrics", "/api/v1/services", "/readyz")
        ]
        router.stop()
        logged = router.access_log.read_text()
        assert len(logged.splitlines()) == len(SENT)
        assert all(json.loads(line)["event"] == "request" for line in logged.splitlines())
        for written in (*shown, logged, router.said):
            assert MARK not in written.lower()


def asked(router: RunningRouter, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", router.port), timeout=10) as client:
        client.sendall(sent)
        return client.recv(65536)
