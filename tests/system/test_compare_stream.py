"""A router that serves and brings its pairs to a Redis, and another one that judges them there."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.redis_servers import Redis, running
from tests.support.serving import OPERATED, PATIENCE, RunningRouter, service
from tests.support.telling_backends import CARD, MARK, PLAIN, telling_backends

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

KEY = bytes(range(32))
KINDS = ("json", "text", "events", "lines", "error")
ROUNDS = 8
ASKED = ROUNDS * len(KINDS)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    with telling_backends() as both:
        yield both


def config(redis: Redis, ports: dict[str, int], name: str) -> dict[str, object]:
    shadow = {"send": "to_ai", "methods": ["POST"], "side_effects": "none"}
    return {
        "admin": OPERATED,
        "proxy": {"workers": 1},
        "store": {"url": redis.url},
        "replica": {"name": name},
        "records": {"key": KEY.hex()},
        "comparer": {"stream": {"judge": False}},
        "services": [service(legacy=ports["legacy"], ai=ports["ai"], shadow=shadow)],
    }


def wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(router: RunningRouter) -> None:
    for number in range(ASKED):
        connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=PATIENCE)
        path = f"/v1/{KINDS[number % len(KINDS)]}/{MARK}?token={MARK}"
        body = json.dumps({"text": PLAIN, "card": CARD, "masked": MARK})
        said = {"Content-Type": "application/json", "x-note": MARK, "x-request-id": f"r-{number}"}
        connection.request("POST", path, body, said)
        assert connection.getresponse().read()
        connection.close()


def posted(router: RunningRouter) -> dict[str, int]:
    """Bring pairs that somebody else has made."""
    asked, answer = {"method": "GET", "target": "/"}, {"status": 204}
    pair = {"service": "support", "request": asked, "legacy": answer, "ai": answer}
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=PATIENCE)
    told = {"Content-Type": "application/json"}
    connection.request("POST", "/pairs", json.dumps([pair, pair]), told)
    counts: dict[str, int] = json.loads(connection.getresponse().read())
    connection.close()
    return counts


def test_pairs_wait_unreadable_until_a_comparer_comes_and_all_replicas_see_what_it_found(
    redis: Redis, ports: dict[str, int]
) -> None:
    with RunningRouter(config(redis, ports, "serves")) as serving:
        wait(lambda: serving.metric("stream_pairs") == 0)
        ask(serving)
        wait(lambda: serving.metric("stream_pairs") == ASKED)
        written = b"".join(file.read_bytes() for file in redis.home.rglob("*") if file.is_file())
        assert b"{gray}:pairs" in written
        for secret in (MARK, PLAIN, str(CARD), "/v1/json", "application/json"):
            assert secret.encode() not in written, secret
        command = ("compare", "--listen", "127.0.0.1:0")
        with RunningRouter(config(redis, ports, "compares"), command=command) as comparing:
            wait(lambda: comparing.metric("comparisons_total") >= ASKED)
            wait(lambda: serving.metric("stream_pairs") == 0)
            assert serving.metric("comparisons_total") == 0
            for router in (serving, comparing):
                found = router.admin("GET", "/api/v1/services/support/divergences").data
                assert found["coverage"]["compared"] == ASKED
            assert posted(comparing) == {"accepted": 2, "to_compare": 2, "sampled_out": 0}
            wait(lambda: comparing.metric("comparisons_total", result="match") >= 2)
            assert serving.stop() == 0
            assert comparing.stop() == 0
