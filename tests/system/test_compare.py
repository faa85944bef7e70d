"""`gray-router compare` behind a real Envoy that mirrors, and with pairs that others have made."""

import base64
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.envoy import mirroring_envoy
from tests.support.serving import RunningRouter, service

PATIENCE = 20.0
SAME, DIFFERING, FAILING = 30, 10, 5
"""Requests on which both agree, on which AI decides otherwise, and to which it has no answer."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Desk(ThreadingHTTPServer):
    """A backend that answers with a label, and remembers what it was asked."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.name = name
        self.asked: list[tuple[str, dict[str, str], bytes]] = []


class Asked(BaseHTTPRequestHandler):
    """One connection. AI says something else about `/differs`, and fails at `/fails`."""

    protocol_version = "HTTP/1.1"

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


@contextmanager
def comparing(legacy: Desk, ai: Desk) -> Iterator[RunningRouter]:
    shadow = {"send": "both", "methods": ["POST"], "side_effects": "none"}
    its = service(legacy=legacy.server_port, ai=ai.server_port, shadow=shadow)
    config = {"proxy": {"workers": 2}, "services": [its]}
    with RunningRouter(config, command=("compare", "--listen", "127.0.0.1:0")) as router:
        yield router


def post(port: int, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_real_envoy_mirrors_is_compared_and_planted_divergences_are_seen(
    tmp_path: Path,
) -> None:
    with desks() as (legacy, ai), comparing(legacy, ai) as router:
        wait(lambda: router.metric("workers", state="ready") >= 2)
        with mirroring_envoy(
            tmp_path, serves_from=legacy.server_port, mirrors_to=router.port
        ) as envoy:
            planted = ["/same"] * SAME + ["/differs"] * DIFFERING + ["/fails"] * FAILING
            for number, path in enumerate(planted):
                said = {"Host": "support.example.com", "Authorization": "Bearer secret"}
                status, body = post(envoy, path, b"ticket %d" % number, said)
                assert (status, json.loads(body)["label"]) == (200, "refund")
            wait(lambda: router.metric("comparisons_total") >= len(planted))
        assert router.metric("shadows_total", result="paired") == len(planted)
        assert router.metric("comparisons_total", result="match") == SAME
        assert router.metric("comparisons_total", result="divergent") == DIFFERING + FAILING
        _check_copies(legacy, ai, len(planted))


def _check_copies(legacy: Desk, ai: Desk, number: int) -> None:
    copies = [headers for _, headers, _ in legacy.asked if "x-gray-shadow" in headers]
    assert len(copies) == len(ai.asked) == number
    assert len(legacy.asked) == 2 * number  # what Envoy's clients were served, and the copies
    for headers in (*copies, *(headers for _, headers, _ in ai.asked)):
        assert headers["host"] == "support.example.com"  # as it was before Envoy mirrored it
        assert headers["x-gray-shadow"] == "1"
        assert "authorization" not in headers
    assert {text for _, _, text in ai.asked} == {b"ticket %d" % n for n in range(number)}


def test_pairs_that_somebody_else_has_made_are_compared() -> None:
    with desks() as (legacy, ai), comparing(legacy, ai) as router:
        told = {"Content-Type": "application/json"}
        status, body = post(router.port, "/pairs", json.dumps(_pair("refund")).encode(), told)
        assert (status, json.loads(body)["accepted"]) == (202, 1)
        many = [_pair("complaint"), _pair("refund")]
        assert post(router.port, "/pairs", json.dumps(many).encode(), told)[0] == 202
        status, body = post(router.port, "/pairs", b'{"service": "other"}', told)
        assert status == 422
        assert "missing required field" in json.loads(body)["detail"]
        wait(lambda: router.metric("comparisons_total") >= 3)
        assert router.metric("comparisons_total", result="divergent") == 1
        assert legacy.asked == ai.asked == []


def _pair(label: str) -> dict[str, object]:
    def answer(says: str) -> dict[str, object]:
        body = base64.b64encode(json.dumps({"label": says}).encode()).decode()
        return {"status": 200, "headers": {"content-type": "application/json"}, "body": body}

    asked = {"method": "POST", "target": "/v1/classify", "headers": {}, "body": ""}
    return {
        "service": "support",
        "request": asked,
        "legacy": answer("refund"),
        "ai": answer(label),
    }
