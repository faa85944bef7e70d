"""Trailers are passed on behind the body, both ways."""

from typing import Final

from tests.support.recording_backend import RecordingBackend
from tests.support.strict import Answer, Request, read_answer
from tests.support.worker import Gateway

POST: Final = b"POST /case HTTP/1.1\r\nHost: service.example\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"


async def echo(
    gateway: Gateway, backend: RecordingBackend, request: bytes, answer: bytes
) -> tuple[Request, Answer]:
    gateway.serve(backend)
    async with await gateway.ask(request) as client:
        peer = await backend.accepted()
        seen = await peer.request()
        await peer.send(answer)
        return seen, await read_answer(client)


async def test_trailers_reach_the_backend(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = POST + b"2\r\nhi\r\n0\r\nA: b\r\nDigest: x=y\r\n\r\n"
    request, _ = await echo(gateway, backend, raw, CHUNKED + b"0\r\n\r\n")
    assert bytes(request.body) == b"hi"
    assert [(name.lower(), value) for name, value in request.trailers] == [
        (b"a", b"b"),
        (b"digest", b"x=y"),
    ]


async def test_trailers_reach_the_client(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = CHUNKED + b"0\r\nA: b\r\nServer-Timing: db;dur=1\r\n\r\n"
    _, answer = await echo(gateway, backend, POST + b"0\r\n\r\n", raw)
    assert bytes(answer.body) == b"ok"
    assert [(name.lower(), value) for name, value in answer.trailers] == [
        (b"a", b"b"),
        (b"server-timing", b"db;dur=1"),
    ]


async def test_trailers_that_come_late_are_waited_for(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(POST + b"2\r\nhi\r\n") as client:
        peer = await backend.accepted()
        request = await peer.head()
        await client.send_in_pieces(b"0\r\nA: b\r\n\r\n")
        await peer.body(request)
        assert [value for _, value in request.trailers] == [b"b"]
        await peer.send(CHUNKED)
        await peer.send_in_pieces(b"0\r\nC: d\r\n\r\n")
        assert [value for _, value in (await read_answer(client)).trailers] == [b"d"]


async def test_trailers_never_become_part_of_the_head(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = CHUNKED + b"0\r\nA: b\r\nContent-Length: 9\r\nTransfer-Encoding: gzip\r\n\r\n"
    _, answer = await echo(gateway, backend, POST + b"0\r\n\r\n", raw)
    assert answer.values(b"a") == []
    assert {name.lower() for name, _ in answer.trailers} == {b"a"}


async def test_a_client_of_http_1_0_gets_no_trailers(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"GET /case HTTP/1.0\r\n\r\n"
    _, answer = await echo(gateway, backend, raw, CHUNKED + b"0\r\nA: b\r\n\r\n")
    assert (bytes(answer.body), answer.trailers, answer.values(b"a")) == (b"ok", [], [])


async def test_our_own_fields_are_no_more_to_be_set_by_trailers(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    own = b"0\r\nX-Gray-Variant: ai\r\nx_gray_x: y\r\nA: b\r\n\r\n"
    request, answer = await echo(gateway, backend, POST + own, CHUNKED + own)
    assert {name.lower() for name, _ in request.trailers} == {b"a"}
    assert {name.lower() for name, _ in answer.trailers} == {b"a"}
