"""What RFC 9110 and RFC 9112 demand of a server's connections, and of its refusals."""

import pytest

from tests.integration.conformance.answers import answer
from tests.integration.conformance.build import HOST, get
from tests.integration.conformance.relay import GET, refusal, relay
from tests.support.recording_backend import OK, RecordingBackend, answering, plain_ok
from tests.support.strict import Request, read_answer
from tests.support.worker import Gateway

CLOSING = GET + b"Connection: close\r\n\r\n"


def by_target(request: Request) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (
        len(request.target),
        request.target,
    )


# Refusals (RFC 9112, 2.2, 3.2, 5, 6)...


@pytest.mark.parametrize(
    "raw",
    [
        get(host=b""),
        get(host=HOST * 2),
        get(host=b"Host: a/b\r\n"),
        get(b"A : b\r\n"),
        get(b"A: b\r\n c\r\n"),
        get(b"A: b\rc\r\n"),
        get(host=b" " + HOST),
        get(b"Content-Length: x\r\n"),
        get(b"Content-Length: 1\r\nContent-Length: 2\r\n"),
        get(b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        get(b"A: b\0c\r\n"),
    ],
    ids=[
        "no host",
        "two hosts",
        "an invalid host",
        "a space before a colon",
        "a folded field",
        "a bare CR",
        "a space before the first field",
        "an invalid length",
        "two lengths",
        "a length and a coding",
        "a coding on HTTP/1.0",
        "a NUL in a value",
    ],
)
async def test_what_must_be_refused_is_refused_with_400_and_a_close(
    gateway: Gateway, backend: RecordingBackend, raw: bytes
) -> None:
    seen = await refusal(gateway, backend, raw)
    assert (seen.status, seen.value(b"connection")) == (400, b"close")


async def test_a_coding_that_is_not_understood_is_refused(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    seen = await refusal(gateway, backend, get(b"Transfer-Encoding: gzip\r\n", method=b"PUT"))
    assert seen.status in (400, 501)


async def test_a_version_that_is_not_spoken_is_refused(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    seen = await refusal(gateway, backend, get(version=b"HTTP/2.0"))
    assert seen.status in (400, 505)


async def test_a_refusal_has_a_date_a_length_and_says_why(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    seen = await refusal(gateway, backend, get(host=b""))
    assert seen.value(b"date") is not None
    assert seen.length == len(seen.body)
    assert seen.value(b"content-type") == b"application/problem+json"
    assert seen.value(b"x-gray-error") is not None


async def test_the_refusal_of_a_head_request_has_no_body(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    seen = await refusal(gateway, backend, get(method=b"HEAD", host=b""))
    assert (seen.status, bytes(seen.body)) == (400, b"")


# Persistence (RFC 9112, 9.3 and 9.6)...


async def test_a_connection_of_http_1_1_is_kept(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend)
        async with await gateway.ask(get()) as client:
            for _ in range(3):
                assert (await read_answer(client)).status == 200
                await client.send(get())


async def test_a_connection_is_closed_when_the_client_says_so(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(CLOSING) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        assert (await read_answer(client)).value(b"connection") == b"close"
        assert await client.read_to_end() == b""


async def test_nothing_is_served_behind_a_close(gateway: Gateway) -> None:
    async with RecordingBackend(answering(plain_ok)) as backend:
        gateway.serve(backend)
        async with await gateway.ask(CLOSING + get(target=b"/late")) as client:
            await read_answer(client)
            assert await client.read_to_end() == b""
        assert [request.target for request in backend.requests] == [b"/"]


async def test_a_connection_of_http_1_0_is_closed(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(get(version=b"HTTP/1.0")) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(OK)
        await read_answer(client)
        assert await client.read_to_end() == b""


async def test_pipelined_requests_are_answered_in_order(gateway: Gateway) -> None:
    async with RecordingBackend(answering(by_target)) as backend:
        gateway.serve(backend)
        targets = [b"/%d" % number for number in range(20)]
        async with await gateway.ask(b"".join(get(target=target) for target in targets)) as client:
            seen = [bytes((await read_answer(client)).body) for _ in targets]
        assert seen == targets


async def test_an_empty_line_before_a_request_is_forgiven(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    _, seen = await relay(gateway, backend, b"\r\n" + get())
    assert seen.status == 200


async def test_an_answer_that_ends_with_the_connection_ends_so_for_http_1_0(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = answer(b"", b"ok")
    _, seen = await relay(gateway, backend, get(version=b"HTTP/1.0"), raw, closes=True)
    assert (bytes(seen.body), seen.length, seen.is_chunked) == (b"ok", None, False)


async def test_an_answer_that_ends_with_the_connection_is_whole_for_http_1_1(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    _, seen = await relay(gateway, backend, get(), answer(b"", b"ok"), closes=True)
    assert seen.complete
    assert bytes(seen.body) == b"ok"
