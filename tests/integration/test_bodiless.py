"""Answers that have no body, whatever their head says: to HEAD, 204 and 304."""

from typing import Final

import pytest

from tests.support.raw import RawSocket
from tests.support.recording_backend import OK, BackendConnection, RecordingBackend
from tests.support.strict import Answer, read_answer
from tests.support.worker import Gateway

GET: Final = b"GET /case HTTP/1.1\r\nHost: service.example\r\n\r\n"
HEAD: Final = GET.replace(b"GET", b"HEAD")


async def asked_twice(
    gateway: Gateway, backend: RecordingBackend, request: bytes, answer: bytes
) -> Answer:
    """Return the answer to ``request``, behind which both connections must still be in step."""
    gateway.serve(backend)
    async with await gateway.ask(request) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(answer)
        seen = await read_answer(client, request.split(b" ", 1)[0])
        await still_in_step(client, peer)
        return seen


async def still_in_step(client: RawSocket, peer: BackendConnection) -> None:
    await client.send(GET)
    await peer.request()
    await peer.send(OK)
    assert bytes((await read_answer(client)).body) == b"ok"


async def test_head_keeps_the_length_it_would_have(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 1234567\r\n\r\n"
    assert (await asked_twice(gateway, backend, HEAD, raw)).length == 1_234_567


async def test_head_of_a_chunked_resource(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert (await asked_twice(gateway, backend, HEAD, raw)).status == 200


async def test_head_without_any_framing(gateway: Gateway, backend: RecordingBackend) -> None:
    assert (await asked_twice(gateway, backend, HEAD, b"HTTP/1.1 200 OK\r\n\r\n")).status == 200


async def test_head_with_a_body_of_its_own(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = b"HEAD /case HTTP/1.1\r\nHost: service.example\r\nContent-Length: 4\r\n\r\nwxyz"
    seen = await asked_twice(gateway, backend, raw, OK.removesuffix(b"ok"))
    assert seen.length == 2
    assert bytes(backend.requests[0].body) == b"wxyz"


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
async def test_no_content_and_not_modified(
    gateway: Gateway, backend: RecordingBackend, status: int, method: bytes
) -> None:
    raw = b'HTTP/1.1 %d X\r\nETag: "x"\r\n\r\n' % status
    seen = await asked_twice(gateway, backend, GET.replace(b"GET", method), raw)
    assert (seen.status, seen.value(b"etag")) == (status, b'"x"')


async def test_not_modified_keeps_the_length_of_what_was_not_sent(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"
    assert (await asked_twice(gateway, backend, GET, raw)).status == 304


async def test_no_content_with_a_length_of_zero_loses_it(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
    seen = await asked_twice(gateway, backend, GET, raw)
    assert (seen.status, seen.length) == (204, None)


async def test_a_body_that_head_must_not_have_reaches_nobody(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    """The bytes behind the head belong to no answer; what brought them is not used again."""
    gateway.serve(backend)
    async with await gateway.ask(HEAD) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        assert (await read_answer(client, b"HEAD")).status in (200, 502)
        await peer.gone()
        await client.send(GET)
        second = await backend.accepted()
        await second.request()
        await second.send(OK)
        assert bytes((await read_answer(client)).body) == b"ok"


async def test_an_empty_answer_with_a_length(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    seen = await asked_twice(gateway, backend, GET, raw)
    assert (seen.length, bytes(seen.body)) == (0, b"")
