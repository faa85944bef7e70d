"""`Expect: 100-continue`: the backend decides whether the body is sent."""

from typing import Final

from tests.support.recording_backend import OK, RecordingBackend
from tests.support.strict import read_answer, read_any_head
from tests.support.worker import EVERYBODY, Gateway, closed_port, upstream

HEAD: Final = (
    b"POST /case HTTP/1.1\r\nHost: service.example\r\nExpect: 100-continue\r\n"
    b"Content-Length: 5\r\n\r\n"
)


async def test_the_body_waits_for_the_backends_100(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(HEAD) as client:
        peer = await backend.accepted()
        request = await peer.head()
        assert request.value(b"expect") == b"100-continue"
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert (await read_any_head(client)).status == 100
        await client.send(b"hello")
        await peer.body(request)
        assert bytes(request.body) == b"hello"
        await peer.send(OK)
        assert (await read_answer(client)).status == 200


async def test_the_router_sends_no_100_of_its_own(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(HEAD) as client:
        peer = await backend.accepted()
        request = await peer.head()
        await client.send(b"hello")
        await peer.body(request)
        await peer.send(OK)
        answer = await read_answer(client)
        assert (answer.status, answer.interim) == (200, [])


async def test_a_backend_may_refuse_before_the_body(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(HEAD) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        assert (await read_answer(client)).status == 413


async def test_behind_an_early_refusal_no_body_is_taken_for_a_request(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    inner = b"GET /x HTTP/1.1\r\nHost: service.example\r\n\r\n"
    head = HEAD.replace(b"Content-Length: 5", b"Content-Length: %d" % len(inner))
    async with await gateway.ask(head) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        assert (await read_answer(client)).status == 413
        await client.send(inner)
        assert await client.read_to_end() == b""
    assert [request.target for request in backend.requests] == [b"/case"]
    assert len(backend.connections) == 1


async def test_a_100_that_nobody_expects_is_harmless(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(b"GET / HTTP/1.1\r\nHost: service.example\r\n\r\n") as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
        assert (await read_answer(client)).status == 200


async def test_an_expecting_request_that_ai_refuses_is_served_by_legacy(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend, upstream(closed_port()), share=EVERYBODY)
    async with await gateway.ask(HEAD) as client:
        peer = await backend.accepted()
        request = await peer.head()
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert (await read_any_head(client)).status == 100
        await client.send(b"hello")
        await peer.body(request)
        await peer.send(OK)
        answer = await read_answer(client)
        assert answer.value(b"x-gray-fallback") == b"connect"


async def test_an_expectation_with_chunks_is_kept(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    head = HEAD.replace(b"Content-Length: 5", b"Transfer-Encoding: chunked")
    async with await gateway.ask(head) as client:
        peer = await backend.accepted()
        request = await peer.head()
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await read_any_head(client)
        await client.send(b"5\r\nhello\r\n0\r\n\r\n")
        await peer.body(request)
        assert bytes(request.body) == b"hello"
