import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.demo import backend
from router.demo.backend import Backend, main
from router.demo.children import free_ports
from router.demo.temper import STEADY, Temper
from router.model import Variant

INQUIRY = {"ticket": "where is my refund", "customer_id": "c1", "conversation": {"id": "t1"}}


@asynccontextmanager
async def served(variant: Variant) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(Backend(variant, seed=7).app())) as client:
        yield client


@pytest.fixture
def tempered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Temper], None]:
    return lambda temper: monkeypatch.setattr(backend, "MOODY", temper)


async def test_legacy_answers_with_a_label_and_at_no_cost() -> None:
    async with served(Variant.LEGACY) as client:
        response = await client.post("/v1/classify", json=INQUIRY)
        answer = await response.json()
    assert response.status == 200
    assert answer["label"] == "refund"
    assert answer["model"] == "keyword-rules"
    assert answer["cost_usd"] == 0
    assert answer["conversation"] == {"id": "t1"}
    assert not [name for name in response.headers if name.lower().startswith("x-gray-")]


async def test_the_ai_reports_itself_in_body_and_headers(
    tempered: Callable[[Temper], None],
) -> None:
    tempered(STEADY)
    async with served(Variant.AI) as client:
        response = await client.post("/v1/classify", json=INQUIRY)
        answer = await response.json()
    assert answer["label"] == "refund"
    assert 0 < answer["cost_usd"] < 0.001
    assert float(response.headers["x-gray-confidence"]) == pytest.approx(answer["confidence"])
    assert float(response.headers["x-gray-cost-usd"]) == pytest.approx(answer["cost_usd"])
    assert response.headers["x-gray-model"] == answer["model"] == "ticket-bayes-1"


async def test_an_overloaded_ai_says_so_and_when_to_come_again(
    tempered: Callable[[Temper], None],
) -> None:
    tempered(Temper(seconds=0.001, spread=0.0, overloaded=1.0))
    async with served(Variant.AI) as client:
        response = await client.post("/v1/classify", json=INQUIRY)
        answer = await response.json()
    assert response.status == 503
    assert response.headers["retry-after"] == "1"
    assert answer["conversation"] == {"id": "t1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"ticket": "x"}',
        b'{"ticket": 1, "customer_id": "c", "conversation": {"id": "t"}}',
        b'{"ticket": "x", "customer_id": "c", "conversation": "t"}',
        b'{"ticket": "' + b"x" * 9_000 + b'", "customer_id": "c", "conversation": {"id": "t"}}',
    ],
)
async def test_what_is_no_inquiry_is_refused_with_a_sentence(body: bytes) -> None:
    async with served(Variant.LEGACY) as client:
        response = await client.post("/v1/classify", data=body)
        assert response.status == 400
        assert (await response.json())["error"]


async def test_it_says_that_it_is_well() -> None:
    async with served(Variant.LEGACY) as client:
        response = await client.get("/healthz")
        assert (await response.json())["status"] == "ok"


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["legacy", "--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


def test_a_leashed_backend_ends_with_the_one_who_started_it() -> None:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "router.demo.backend", "legacy", "--leashed"]
    with subprocess.Popen(
        [*command, "--port", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline().endswith(f":{port}\n".encode())
        process.stdin.close()
        assert process.wait(timeout=10) == 0
