"""Where a variant's endpoints are, which of them are asked, and what changes while they serve."""

import asyncio
from pathlib import Path
from typing import Final

from router.model import Reason, Variant
from router.routing.snapshot import Ejection, Endpoint, Upstream
from router.wire.messages import Locate, Target
from tests.support.raw import PATIENCE
from tests.support.recording_backend import (
    BackendConnection,
    RecordingBackend,
    answering,
    plain_ok,
)
from tests.support.stream_backend import StreamBackend
from tests.support.strict import Answer, Request, read_answer
from tests.support.worker import EVERYBODY, Gateway, closed_port, upstream

GET: Final = b"GET /case HTTP/1.1\r\nHost: service.example\r\n\r\n"
POST: Final = b"POST /case HTTP/1.1\r\nHost: service.example\r\nContent-Length: 5\r\n\r\nhello"
NAMED: Final = Upstream((Endpoint("ai.internal", 80),), slow_start=0.0)


def unavailable(_: Request) -> bytes:
    return b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def located(variant: Variant, *ports: int, down: tuple[int, ...] = ()) -> Locate:
    """All of them are addresses of the variant's one endpoint."""
    up = [Target(0, "127.0.0.1", port) for port in ports]
    return Locate(
        "support", variant, up + [Target(0, "127.0.0.1", port, is_up=False) for port in down]
    )


async def ask(gateway: Gateway, raw: bytes = GET) -> Answer:
    async with await gateway.ask(raw) as client:
        return await read_answer(client)


async def statuses(gateway: Gateway, times: int) -> list[int]:
    return [(await ask(gateway)).status for _ in range(times)]


# Unix sockets...


async def test_a_backend_may_listen_on_a_unix_socket(gateway: Gateway, tmp_path: Path) -> None:
    async with StreamBackend(path=tmp_path / "backend.sock") as backend:
        gateway.serve(backend.upstream())
        assert await statuses(gateway, 3) == [200] * 3
        assert (await ask(gateway, POST)).status == 200
        assert len(backend.peers) == 1
        assert b"\r\nhost: service.example\r\n" in backend.heads[0].lower()


async def test_a_unix_socket_is_called_localhost_where_the_client_named_no_host(
    gateway: Gateway, tmp_path: Path
) -> None:
    async with StreamBackend(path=tmp_path / "backend.sock") as backend:
        gateway.serve(backend.upstream())
        await ask(gateway, b"GET /case HTTP/1.0\r\n\r\n")
        assert b"\r\nhost: localhost\r\n" in backend.heads[0].lower()


async def test_a_unix_socket_that_nobody_listens_on_is_unreachable(
    gateway: Gateway, tmp_path: Path
) -> None:
    gateway.serve(Upstream((Endpoint(str(tmp_path / "nobody.sock"), 0),)))
    answer = await ask(gateway)
    assert (answer.status, answer.value(b"x-gray-error")) == (502, b"upstream_unreachable")


# Located...


async def test_a_name_that_was_never_located_is_unreachable_at_once(gateway: Gateway) -> None:
    gateway.serve(Upstream((Endpoint("never.internal", 80),)))
    answer = await ask(gateway)
    assert (answer.status, answer.value(b"x-gray-error")) == (502, b"upstream_unreachable")


async def test_where_endpoints_are_may_change_under_load(gateway: Gateway) -> None:
    async def answer_slowly(peer: BackendConnection) -> None:
        while True:
            request = await peer.request()
            await asyncio.sleep(0.002)
            await peer.send(plain_ok(request))

    async def client() -> set[int]:
        async with await gateway.connect() as connection:
            seen = set()
            for _ in range(150):
                await connection.send(POST)
                seen.add((await read_answer(connection)).status)
        return seen

    async with (
        RecordingBackend(answer_slowly) as one,
        RecordingBackend(answer_slowly) as two,
        RecordingBackend(answer_slowly) as three,
    ):
        rounds = [(one,), (one, two), (two,), (two, three), (three, one), (three,)]
        gateway.serve(NAMED)
        gateway.worker.locate(located(Variant.LEGACY, one.port))
        clients = [asyncio.ensure_future(client()) for _ in range(8)]
        waiting, moves = set(clients), 0
        while waiting:
            ports = [backend.port for backend in rounds[moves % len(rounds)]]
            gateway.worker.locate(located(Variant.LEGACY, *ports))
            moves += 1
            _, waiting = await asyncio.wait(waiting, timeout=0.01)
        assert {status for each in clients for status in each.result()} == {200}
        assert moves > len(rounds)
        assert all(len(backend.requests) > 20 for backend in (one, two, three))


async def test_who_is_gone_finishes_what_it_does_and_is_asked_no_more(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend(answering(plain_ok)) as other:
        gateway.serve(NAMED)
        gateway.worker.locate(located(Variant.LEGACY, backend.port))
        async with await gateway.ask(GET) as client:
            peer = await backend.accepted()
            request = await peer.request()
            gateway.worker.locate(located(Variant.LEGACY, other.port))
            assert (await ask(gateway)).status == 200
            await peer.send(plain_ok(request))
            assert (await read_answer(client)).status == 200
            await peer.gone()
        assert len(other.requests) == 1


# Up and down...


async def test_who_is_down_is_asked_only_when_all_of_legacy_is(gateway: Gateway) -> None:
    async with (
        RecordingBackend(answering(plain_ok)) as up,
        RecordingBackend(answering(plain_ok)) as down,
    ):
        gateway.serve(NAMED)
        gateway.worker.locate(located(Variant.LEGACY, up.port, down=(down.port,)))
        assert await statuses(gateway, 10) == [200] * 10
        assert len(down.requests) == 0
        gateway.worker.locate(located(Variant.LEGACY, down=(up.port, down.port)))
        assert await statuses(gateway, 20) == [200] * 20
        assert len(down.requests) > 0


async def test_all_of_ai_being_down_means_legacy_for_everybody(gateway: Gateway) -> None:
    async with (
        RecordingBackend(answering(plain_ok)) as legacy,
        RecordingBackend(answering(plain_ok)) as ai,
    ):
        gateway.serve(legacy, NAMED, share=EVERYBODY)
        gateway.worker.locate(located(Variant.AI, down=(ai.port,)))
        answer = await ask(gateway, POST)
        assert (answer.status, answer.value(b"x-gray-fallback")) == (200, b"no_endpoint")
        assert answer.value(b"x-gray-variant") == b"legacy"
        [counts] = gateway.worker.counts().services
        assert any(reason == Reason.NO_ENDPOINT for _, reason, _ in counts.assignments)
        gateway.worker.locate(located(Variant.AI, ai.port))
        assert (await ask(gateway, POST)).value(b"x-gray-variant") == b"ai"
        assert (len(legacy.requests), len(ai.requests)) == (1, 1)


# Left out...


async def test_an_endpoint_that_fails_too_often_is_left_out_and_comes_back(
    gateway: Gateway,
) -> None:
    is_well = False

    def answer(request: Request) -> bytes:
        return plain_ok(request) if is_well else unavailable(request)

    async with (
        RecordingBackend(answering(answer)) as ill,
        RecordingBackend(answering(plain_ok)) as well,
    ):
        policy = Ejection(consecutive=3, base=2.0)
        gateway.serve(upstream(ill.port, well.port, ejection=policy, slow_start=0.0))
        while len(ill.requests) < policy.consecutive:
            await ask(gateway)
        [ejected] = gateway.worker.telemetry().ejected
        assert (ejected.service, ejected.variant) == ("support", Variant.LEGACY)
        assert ejected.endpoint == f"127.0.0.1:{ill.port}"
        assert 0 < ejected.seconds <= 2.0
        asked = len(ill.requests)
        assert asked == 3
        assert await statuses(gateway, 20) == [200] * 20
        assert len(ill.requests) == asked
        is_well = True
        async with asyncio.timeout(PATIENCE):
            while len(ill.requests) == asked:
                assert (await ask(gateway)).status == 200
        assert gateway.worker.telemetry().ejected == []


async def test_an_endpoint_that_refuses_connections_is_left_out(gateway: Gateway) -> None:
    def answer_once(request: Request) -> bytes:
        return plain_ok(request).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    nobody = closed_port()
    async with RecordingBackend(answering(answer_once)) as well:
        gateway.serve(upstream(nobody, well.port))
        while not (out := gateway.worker.telemetry().ejected):
            assert await statuses(gateway, 20) == [200] * 20
        assert [ejected.endpoint for ejected in out] == [f"127.0.0.1:{nobody}"]


async def test_a_lone_endpoint_is_never_left_out(gateway: Gateway) -> None:
    async with RecordingBackend(answering(unavailable)) as backend:
        gateway.serve(upstream(backend.port, ejection=Ejection(consecutive=2)))
        assert await statuses(gateway, 10) == [503] * 10
        assert len(backend.requests) == 10
        assert gateway.worker.telemetry().ejected == []


async def test_when_all_of_ai_is_left_out_legacy_answers(gateway: Gateway) -> None:
    async with (
        RecordingBackend(answering(plain_ok)) as legacy,
        RecordingBackend(answering(unavailable)) as ai,
    ):
        policy = Ejection(consecutive=3, max_percent=100.0)
        gateway.serve(legacy, upstream(ai.port, ejection=policy), share=EVERYBODY)
        assert await statuses(gateway, 6) == [503] * 3 + [200] * 3
        assert (len(ai.requests), len(legacy.requests)) == (3, 3)


async def test_who_comes_while_others_serve_begins_slowly(gateway: Gateway) -> None:
    async with (
        RecordingBackend(answering(plain_ok)) as old,
        RecordingBackend(answering(plain_ok)) as new,
    ):
        gateway.serve(Upstream((Endpoint("ai.internal", 80),), slow_start=3600.0))
        gateway.worker.locate(located(Variant.LEGACY, old.port))
        await ask(gateway)
        gateway.worker.locate(located(Variant.LEGACY, old.port, new.port))
        assert await statuses(gateway, 200) == [200] * 200
        # Standing for one choice in ten, and then taken in half of these: both have nothing to do.
        assert 0 < len(new.requests) < 40
