import http.server
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from loadtests import admin
from loadtests.admin import AdminCallError


class Recorder(http.server.BaseHTTPRequestHandler):
    heard: ClassVar[list[str]] = []
    status: ClassVar[int] = 200

    def do_GET(self) -> None:
        self._answer(b'{"services": [{"service": "answers", "percent": 20.0, "revision": 3}]}')

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.heard.append(f"{self.path} {body}")
        self._answer(b'{"percent": 35.5, "revision": 4}')

    def _answer(self, body: bytes) -> None:
        self.send_response(self.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing on standard error."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Recorder, "heard", [])
    with http.server.HTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_share_is_set_with_its_reason(address: str) -> None:
    assert admin.set_percent(address, "answers", 35.5, "a test")["revision"] == 4
    assert Recorder.heard == ['/api/v1/services/answers/percent {"percent":35.5,"reason":"a test"}']


def test_the_services_are_listed(address: str) -> None:
    assert [each["percent"] for each in admin.services(address)] == [20.0]


def test_a_change_that_not_everybody_acknowledged_counts_as_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "status", 202)
    with pytest.raises(AdminCallError, match="202"):
        admin.set_percent(address, "answers", 35.5, "a test")
