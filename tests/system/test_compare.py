"""`gray-router compare` behind real proxies that mirror, and with pairs that others have made."""

import base64
import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.support.desks import Desk, desks
from tests.support.envoy import mirroring_envoy
from tests.support.nginx import mirroring_nginx
from tests.support.serving import RunningRouter, service

PATIENCE = 20.0
Mirroring = Callable[..., AbstractContextManager[int]]
SAME, DIFFERING, FAILING = 30, 10, 5
"""Requests on which both agree, on which AI decides otherwise, and to which it has no answer."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


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


@pytest.mark.parametrize("mirroring", [mirroring_envoy, mirroring_nginx])
def test_what_a_real_proxy_mirrors_is_compared_and_planted_divergences_are_seen(
    tmp_path: Path, mirroring: Mirroring
) -> None:
    with desks() as (legacy, ai), comparing(legacy, ai) as router:
        wait(lambda: router.metric("workers", state="ready") >= 2)
        with mirroring(tmp_path, serves_from=legacy.server_port, mirrors_to=router.port) as proxy:
            planted = ["/same"] * SAME + ["/differs"] * DIFFERING + ["/fails"] * FAILING
            for number, path in enumerate(planted):
                said = {"Host": "support.example.com", "Authorization": "Bearer secret"}
                status, body = post(proxy, path, b"ticket %d" % number, said)
                assert (status, json.loads(body)["label"]) == (200, "refund")
            wait(lambda: router.metric("comparisons_total") >= len(planted))
        assert router.metric("shadows_total", result="paired") == len(planted)
        assert router.metric("comparisons_total", result="match") == SAME
        assert router.metric("comparisons_total", result="divergent") == DIFFERING + FAILING
        _check_copies(legacy, ai, len(planted))


def _check_copies(legacy: Desk, ai: Desk, number: int) -> None:
    copies = [headers for _, headers, _ in legacy.asked if "x-gray-shadow" in headers]
    assert len(copies) == len(ai.asked) == number
    assert len(legacy.asked) == 2 * number  # what the proxy's clients were served, and the copies
    for headers in (*copies, *(headers for _, headers, _ in ai.asked)):
        assert headers["host"] == "support.example.com"  # as it was before it was mirrored
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
