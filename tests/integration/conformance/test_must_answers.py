"""What RFC 9110 and RFC 9112 demand of a proxy that passes an answer on."""

import pytest

from tests.integration.conformance.answers import answer
from tests.integration.conformance.build import HOST, get
from tests.integration.conformance.relay import GET, relay
from tests.support.raw import Ending
from tests.support.recording_backend import RecordingBackend
from tests.support.strict import BrokenTransferError, read_answer
from tests.support.worker import Gateway

TWO = b"Content-Length: 2\r\n"
OLD_GET = b"GET / HTTP/1.0\r\n" + HOST + b"\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# Fields (RFC 9110, 5 to 7)...


async def test_via_is_added_to_an_answer(gateway: Gateway, backend: RecordingBackend) -> None:
    _, seen = await relay(gateway, backend, answer=answer(TWO + b"Via: 1.1 first\r\n"))
    chain = b", ".join(seen.values(b"via")).split(b", ")
    assert chain[0] == b"1.1 first"
    assert chain[1].startswith(b"1.1 ")
    assert len(chain) == 2


async def test_via_names_the_answers_version(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = answer(TWO, line=b"HTTP/1.0 200 OK")
    _, seen = await relay(gateway, backend, answer=raw, closes=True)
    assert seen.values(b"via")[0].startswith(b"1.0 ")


async def test_what_an_answer_nominates_goes_no_further(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = answer(TWO + b"Connection: A, keep-alive\r\na: b\r\nKeep-Alive: x\r\nC: d\r\n")
    _, seen = await relay(gateway, backend, answer=raw)
    assert (seen.values(b"a"), seen.values(b"keep-alive")) == ([], [])
    assert seen.value(b"c") == b"d"


async def test_the_backends_close_is_not_the_clients(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = answer(TWO + b"Connection: close\r\n")
    _, seen = await relay(gateway, backend, answer=raw, closes=True)
    assert seen.values(b"connection") == []


@pytest.mark.parametrize("name", [b"Proxy-Connection", b"Upgrade", b"Keep-Alive"])
async def test_an_answers_fields_for_one_connection_go_no_further(
    gateway: Gateway, backend: RecordingBackend, name: bytes
) -> None:
    _, seen = await relay(gateway, backend, answer=answer(TWO + name + b": x\r\n"))
    assert seen.values(name.lower()) == []


async def test_a_missing_date_is_added(gateway: Gateway, backend: RecordingBackend) -> None:
    _, seen = await relay(gateway, backend, answer=answer())
    date = seen.value(b"date")
    assert date is not None
    assert date.endswith(b" GMT")


async def test_a_date_that_was_nominated_is_replaced(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = answer(TWO + b"Connection: date\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n")
    _, seen = await relay(gateway, backend, answer=raw)
    assert len(seen.values(b"date")) == 1
    assert b"2026 00:00:00" not in (seen.value(b"date") or b"")


async def test_a_date_is_not_touched(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = answer(TWO + b"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n")
    _, seen = await relay(gateway, backend, answer=raw)
    assert seen.value(b"date") == b"Thu, 01 Jan 2026 00:00:00 GMT"


async def test_cookies_stay_separate_and_in_order(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = answer(TWO + b"Set-Cookie: a=1, x\r\nB: c\r\nset-cookie: b=2\r\nSet-Cookie: a=3\r\n")
    _, seen = await relay(gateway, backend, answer=raw)
    assert seen.values(b"set-cookie") == [b"a=1, x", b"b=2", b"a=3"]


async def test_an_answers_repeated_fields_keep_their_order(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    _, seen = await relay(gateway, backend, answer=answer(TWO + b"A: 1\r\na: 2\r\nA: 3\r\n"))
    assert b", ".join(seen.values(b"a")) == b"1, 2, 3"


@pytest.mark.parametrize(
    "field",
    [
        'WWW-Authenticate: Basic realm="x"',
        "Allow: GET, FOO",
        'ETag: W/"x"',
        "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT",
        "Content-Encoding: gzip",
        "Content-Range: bytes 0-1/5",
        "Content-Type: text/plain; charset=x",
        "Cache-Control: max-age=5, x-private",
        "Vary: *",
        "Location: ../x",
        "Retry-After: 5",
        "Age: 7",
        "Server: y",
        "X-Unknown: z",
    ],
)
async def test_an_answers_fields_for_the_client_are_not_touched(
    gateway: Gateway, backend: RecordingBackend, field: str
) -> None:
    _, seen = await relay(gateway, backend, answer=answer(TWO + field.encode() + b"\r\n"))
    name, value = field.encode().split(b": ", 1)
    assert seen.value(name.lower()) == value


# Statuses (RFC 9110, 15)...


@pytest.mark.parametrize("status", [299, 399, 499, 599])
async def test_an_unknown_status_is_passed_on(
    gateway: Gateway, backend: RecordingBackend, status: int
) -> None:
    _, seen = await relay(gateway, backend, answer=answer(line=b"HTTP/1.1 %d X" % status))
    assert (seen.status, bytes(seen.body)) == (status, b"ok")


async def test_interim_answers_are_passed_on_with_their_fields(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer()
    _, seen = await relay(gateway, backend, answer=raw)
    assert [one.value(b"link") for one in seen.interim] == [b"</a>"]


async def test_interim_answers_are_not_for_http_1_0(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + answer()
    _, seen = await relay(gateway, backend, OLD_GET, raw)
    assert (seen.interim, seen.status) == ([], 200)


async def test_interim_answers_lose_fields_for_one_connection(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"HTTP/1.1 103 X\r\nConnection: a\r\nA: b\r\nKeep-Alive: c\r\nD: e\r\n\r\n" + answer()
    _, seen = await relay(gateway, backend, answer=raw)
    assert [name.lower() for name, _ in seen.interim[0].fields if name.lower() != b"via"] == [b"d"]


async def test_a_protocol_that_nobody_asked_for_is_not_switched_to(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
    _, seen = await relay(gateway, backend, answer=raw)
    assert seen.status == 502


# Bodies (RFC 9110, 6.4 and 8.6; RFC 9112, 6 and 7)...


async def test_the_answer_to_head_has_a_length_and_no_body(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(get(method=b"HEAD")) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(answer(body=b""))
        assert (await read_answer(client, b"HEAD")).length == 2
        await client.send(get(b"Connection: close\r\n"))
        await peer.request()
        await peer.send(answer())
        assert bytes((await read_answer(client)).body) == b"ok"
        assert await client.read_to_end() == b""


@pytest.mark.parametrize("status", [204, 304])
async def test_204_and_304_have_no_body(
    gateway: Gateway, backend: RecordingBackend, status: int
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET + b"Connection: close\r\n\r\n") as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(answer(b"", b"", line=b"HTTP/1.1 %d X" % status))
        seen = await read_answer(client)
        assert (seen.status, await client.read_to_end()) == (status, b"")


async def test_204_has_neither_length_nor_coding(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    _, seen = await relay(gateway, backend, answer=answer(b"", b"", line=b"HTTP/1.1 204 X"))
    assert (seen.values(b"content-length"), seen.values(b"transfer-encoding")) == ([], [])


async def test_an_answer_to_http_1_0_is_never_chunked(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = CHUNKED + b"2\r\nok\r\n0\r\n\r\n"
    _, seen = await relay(gateway, backend, OLD_GET, raw)
    assert (seen.values(b"transfer-encoding"), bytes(seen.body)) == ([], b"ok")


async def test_an_answer_of_http_1_0_is_passed_on_as_1_1(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = answer(b"", b"ok", line=b"HTTP/1.0 200 OK")
    _, seen = await relay(gateway, backend, answer=raw, closes=True)
    assert bytes(seen.body) == b"ok"


async def test_a_coding_and_a_length_are_never_sent_together(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = CHUNKED + b"2\r\nok\r\n0\r\n\r\n"
    _, seen = await relay(gateway, backend, answer=raw)
    assert len(seen.values(b"transfer-encoding") + seen.values(b"content-length")) == 1


async def test_an_answers_trailers_are_not_merged_into_its_head(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    _, seen = await relay(gateway, backend, answer=CHUNKED + b"0\r\nA: b\r\n\r\n")
    assert seen.values(b"a") == []


async def test_an_answer_with_two_lengths_becomes_a_502_and_its_connection_is_closed(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    _, seen = await relay(gateway, backend, answer=answer(TWO + b"Content-Length: 3\r\n"))
    assert seen.status == 502
    assert await backend.connections[0].gone() in Ending


async def test_chunks_without_an_end_have_none_for_the_client(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = CHUNKED + b"2\r\nok\r\n"
    with pytest.raises(BrokenTransferError) as broken:
        await relay(gateway, backend, answer=raw, closes=True)
    assert bytes(broken.value.answer.body) == b"ok"


async def test_a_short_body_is_short_for_the_client(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = answer(b"Content-Length: 5\r\n")
    with pytest.raises(BrokenTransferError) as broken:
        await relay(gateway, backend, answer=raw, closes=True)
    assert bytes(broken.value.answer.body) == b"ok"
