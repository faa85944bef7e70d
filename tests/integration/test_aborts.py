"""Ends before their time: a client's cancels what was asked for it, a backend's is never hidden."""

from typing import Final

import pytest

from tests.support.raw import Ending
from tests.support.recording_backend import RecordingBackend
from tests.support.strict import BrokenTransferError, read_answer, read_answer_head
from tests.support.worker import Gateway

GET: Final = b"GET /case HTTP/1.1\r\nHost: service.example\r\n\r\n"
POST: Final = b"POST /case HTTP/1.1\r\nHost: service.example\r\nContent-Length: 10\r\n\r\n"
HEADS: Final = {
    "of a length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
    "chunked, cut in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\npart",
}

# Of clients...


async def test_a_client_that_leaves_while_it_waits_cancels_the_backends_work(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET):
        peer = await backend.accepted()
        await peer.request()
    await peer.gone()


async def test_a_client_that_resets_while_it_waits_cancels_the_backends_work(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    client = await gateway.ask(GET)
    peer = await backend.accepted()
    await peer.request()
    client.reset()
    await peer.gone()


async def test_a_client_that_sends_fin_while_it_waits_has_left(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        client.finish()
        await peer.gone()


@pytest.mark.parametrize("kind", HEADS)
async def test_a_client_that_leaves_in_the_middle_of_an_answer_ends_it(
    gateway: Gateway, backend: RecordingBackend, kind: str
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS[kind])
        await client.read_until(b"part")
    await peer.gone()


async def test_a_client_that_leaves_in_the_middle_of_its_body_has_not_sent_it(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(POST + b"12345"):
        peer = await backend.accepted()
        request = await peer.head()
        await peer.read_exactly(5)
    await peer.gone()
    assert (request.complete, peer.unread()) == (False, b"")


async def test_a_client_that_leaves_in_the_middle_of_a_chunk_has_not_sent_it(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    head = POST.replace(b"Content-Length: 10", b"Transfer-Encoding: chunked")
    async with await gateway.ask(head + b"a\r\n12345"):
        peer = await backend.accepted()
        await peer.head()
        await peer.read_until(b"12345")
    await peer.gone()
    assert not peer.received.endswith(b"0\r\n\r\n")


async def test_those_who_leave_do_not_disturb_the_others(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as staying:
        first = await backend.accepted()
        await first.request()
        async with await gateway.ask(GET):
            second = await backend.accepted()
            await second.request()
        await second.gone()
        await first.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        assert bytes((await read_answer(staying)).body) == b"ok"


# Of backends...


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("ending", Ending)
async def test_an_answer_that_breaks_off_is_broken_for_the_client(
    gateway: Gateway, backend: RecordingBackend, kind: str, ending: Ending
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(HEADS[kind])
        await client.read_until(b"part")
        client.rewind()
        if ending is Ending.RESET:
            peer.reset()
        else:
            peer.close()
        with pytest.raises(BrokenTransferError) as broken:
            await read_answer(client)
        assert bytes(broken.value.answer.body) == b"part"


@pytest.mark.parametrize("version", [b"HTTP/1.1", b"HTTP/1.0"])
@pytest.mark.parametrize("asked", [b"HTTP/1.1", b"HTTP/1.0"])
async def test_a_body_until_the_end_that_is_reset_is_broken_for_the_client(
    gateway: Gateway, backend: RecordingBackend, version: bytes, asked: bytes
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(GET.replace(b"HTTP/1.1", asked)) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(version + b" 200 OK\r\n\r\npart")
        await client.read_until(b"part")
        client.rewind()
        peer.reset()
        with pytest.raises(BrokenTransferError):
            await read_answer(client)


@pytest.mark.parametrize("ending", Ending)
async def test_a_backend_that_leaves_without_an_answer_is_a_502(
    gateway: Gateway, backend: RecordingBackend, ending: Ending
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(POST + b"0123456789") as client:
        peer = await backend.accepted()
        await peer.request()
        if ending is Ending.RESET:
            peer.reset()
        else:
            peer.close()
        answer = await read_answer(client)
        assert (answer.status, answer.value(b"x-gray-error")) == (502, b"upstream_lost")


async def test_a_backend_that_answers_before_it_has_read_all_is_heard(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    async with await gateway.ask(POST + b"12345") as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        answer = await read_answer(client)
        assert (answer.status, bytes(answer.body)) == (403, b"no")


async def test_a_backend_that_answers_early_and_hangs_up_is_heard(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    head = POST.replace(b"Content-Length: 10", b"Content-Length: 5000000")
    async with await gateway.ask(head + b"x" * 100_000) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(b"HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
        peer.close()
        answer = await read_answer(client)
        assert (answer.status, bytes(answer.body)) == (413, b"no")


async def test_behind_an_early_answer_the_rest_of_the_body_is_no_request(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    inner = b"GET /inner HTTP/1.1\r\nHost: service.example\r\n\r\n"
    head = POST.replace(b"Content-Length: 10", b"Content-Length: %d" % len(inner))
    async with await gateway.ask(head) as client:
        peer = await backend.accepted()
        await peer.head()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        head_seen = await read_answer_head(client)
        assert head_seen.status == 200
        await client.send(inner)
        await client.gone()
    assert [request.target for request in backend.requests] == [b"/case"]
