"""Copies of requests to the other variant, with real sockets on all sides."""

import math
from typing import Final

import pytest

from router.compare.pair import Pair
from router.model import ALL, Variant
from router.routing.snapshot import Forward, Limits, Place, PlaceKind, Sends
from tests.support.copies import copying
from tests.support.recording_backend import BackendConnection, RecordingBackend, answering
from tests.support.strict import Request, read_answer
from tests.support.until import until
from tests.support.worker import EVERYBODY, NOBODY, Gateway, upstream

GET: Final = (
    b"GET /case?x=1 HTTP/1.1\r\nHost: service.example\r\nX-Request-Id: id-7\r\n"
    b"Authorization: Bearer secret\r\nCookie: a=b\r\nIdempotency-Key: k\r\nX-Plain: yes\r\n\r\n"
)


CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENTS: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def answer(text: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Gray-Model: m1\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(text), text)
    )


def saying(text: bytes) -> RecordingBackend:
    return RecordingBackend(answering(lambda _: answer(text)))


def as_dict(request: Request) -> dict[bytes, bytes]:
    return {name.lower(): value for name, value in request.fields}


def ledger(gateway: Gateway) -> dict[str, int]:
    """What became of requests that were drawn."""
    return next((each.shadows for each in gateway.worker.counts().services), {})


async def pair_of(gateway: Gateway, raw: bytes) -> tuple[bytes, Pair]:
    """Ask, and return the user's answer and the pair that was made of it."""
    async with await gateway.ask(raw) as client:
        got = await read_answer(client)
    [pair] = await gateway.worker.pairs.take()
    return bytes(got.body), pair


@pytest.fixture
def shadowing(gateway: Gateway) -> Gateway:
    gateway.worker.pairs.forget()
    return gateway


async def test_a_copy_goes_to_the_other_variant_and_both_answers_are_a_pair(
    shadowing: Gateway,
) -> None:
    async with saying(b'{"a":1}') as legacy, saying(b'{"a":2}') as ai:
        shadowing.serve(legacy, ai, share=NOBODY, shadow=copying(legacy, ai), phase=3)
        shadowing.worker.pairs.await_link()
        body, pair = await pair_of(shadowing, GET)
        assert body == b'{"a":1}'
        assert (pair.service, pair.request_id, pair.phase) == ("support", b"id-7", 3)
        assert (pair.served, pair.legacy.body, pair.ai.body) == (
            Variant.LEGACY,
            b'{"a":1}',
            b'{"a":2}',
        )
        assert (b"x-gray-model", b"m1") in pair.ai.fields
        assert not {b"authorization", b"cookie"} & {name for name, _ in pair.request.fields}


async def test_a_copy_is_the_request_without_credentials_and_says_that_it_is_one(
    shadowing: Gateway,
) -> None:
    async with saying(b"1") as legacy, saying(b"2") as ai:
        shadowing.serve(legacy, ai, share=EVERYBODY, shadow=copying(legacy, ai))
        shadowing.worker.pairs.await_link()
        await pair_of(shadowing, GET)
        [served], [copied] = ai.requests, legacy.requests
        assert (copied.method, copied.target) == (served.method, served.target)
        hers, its = as_dict(served), as_dict(copied)
        assert its.pop(b"x-gray-shadow") == b"1"
        assert (hers.pop(b"x-gray-variant"), its.pop(b"x-gray-variant")) == (b"ai", b"legacy")
        for name in (b"authorization", b"cookie", b"idempotency-key"):
            del hers[name]
        assert its == hers
        assert its[b"host"] == b"service.example"
        assert its[b"x-request-id"] == b"id-7"


async def test_a_sandbox_gets_the_copies_and_the_variant_does_not(shadowing: Gateway) -> None:
    async with saying(b"1") as legacy, saying(b"2") as ai, saying(b"3") as sandbox:
        shadowing.serve(legacy, ai, share=NOBODY, shadow=copying(legacy, sandbox))
        shadowing.worker.pairs.await_link()
        _, pair = await pair_of(shadowing, GET)
        assert pair.ai.body == b"3"
        assert ai.requests == []


@pytest.mark.parametrize(("sends", "copies"), [(Sends.TO_LEGACY, 1), (Sends.TO_AI, 0)])
async def test_legacy_stays_shadowed_while_ai_serves_all(
    shadowing: Gateway, sends: Sends, copies: int
) -> None:
    async with saying(b"1") as legacy, saying(b"2") as ai:
        shadowing.serve(legacy, ai, share=EVERYBODY, shadow=copying(legacy, ai, sends=sends))
        shadowing.worker.pairs.await_link()
        async with await shadowing.ask(GET) as client:
            assert (await read_answer(client)).body == b"2"
        assert len(await shadowing.worker.pairs.take(copies)) == copies
        assert len(legacy.requests) == copies


async def test_both_sides_are_asked_twice_at_the_same_moment(shadowing: Gateway) -> None:
    async with saying(b"1") as legacy, saying(b"2") as ai:
        shadowing.serve(legacy, ai, share=EVERYBODY, shadow=copying(legacy, ai, repeat=ALL))
        shadowing.worker.pairs.await_link()
        _, pair = await pair_of(shadowing, GET)
        assert pair.legacy_repeat is not None
        assert pair.ai_repeat is not None
        assert (pair.legacy_repeat.body, pair.ai_repeat.body) == (b"1", b"2")
        marks = {as_dict(request).get(b"x-gray-shadow") for request in ai.requests}
        assert marks == {None, b"1"}
        assert len(legacy.requests) == 2


async def test_streamed_bodies_are_copied_both_ways(
    shadowing: Gateway, backend: RecordingBackend
) -> None:
    async with RecordingBackend(answering(lambda request: answer(bytes(request.body)))) as ai:
        shadow = copying(backend, ai, methods=("POST",))
        shadowing.serve(backend, ai, share=NOBODY, shadow=shadow)
        shadowing.worker.pairs.await_link()
        head = b"POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        async with await shadowing.ask(head + b"3\r\nabc\r\n") as client:
            peer = await backend.accepted()
            await peer.read_until(b"abc\r\n")
            await client.send(b"3\r\ndef\r\n0\r\n\r\n")
            await peer.read_until(b"0\r\n\r\n")
            await peer.send(CHUNKED + b"2\r\nfi\r\n")
            await client.read_until(b"fi\r\n")
            await peer.send(b"3\r\nrst\r\n0\r\n\r\n")
            await client.read_until(b"0\r\n\r\n")
        [pair] = await shadowing.worker.pairs.take()
        assert pair.request.body == pair.ai.body == b"abcdef"
        assert pair.legacy.body == b"first"


async def test_event_streams_reach_the_user_at_once_and_are_compared_when_they_end(
    shadowing: Gateway, backend: RecordingBackend
) -> None:
    async def streams(peer: BackendConnection) -> None:
        await peer.request()
        await peer.send(EVENTS + b"data: 1\n\n")

    async with RecordingBackend(streams) as legacy:
        shadowing.serve(legacy, backend, share=EVERYBODY, shadow=copying(legacy, backend))
        shadowing.worker.pairs.await_link()
        async with await shadowing.ask(GET) as client:
            peer = await backend.accepted()
            await peer.request()
            await peer.send(EVENTS + b"data: 1\n\n")
            await client.read_until(b"data: 1\n\n")
            await peer.send(b"data: 2\n\n")
            await client.read_until(b"data: 2\n\n")
            peer.close()
            await client.read_until(b"0\r\n\r\n")
        [pair] = await shadowing.worker.pairs.take()
        assert pair.ai.body == b"data: 1\n\ndata: 2\n\n"
        assert pair.legacy.body == b"data: 1\n\n"


async def test_a_body_beyond_the_limit_is_compared_by_size_and_hash(shadowing: Gateway) -> None:
    async with saying(b"x" * 5000) as legacy, saying(b"x" * 5000) as ai:
        shadowing.serve(legacy, ai, share=NOBODY, shadow=copying(legacy, ai, max_body=4096))
        shadowing.worker.pairs.await_link()
        body, pair = await pair_of(shadowing, GET)
        assert len(body) == 5000
        assert (pair.legacy.size, pair.legacy.body) == (5000, b"")
        assert pair.legacy.digest == pair.ai.digest != b""


# What ends copies...


async def test_a_rollback_ends_copies_to_ai_in_flight_and_sends_no_more(
    shadowing: Gateway, backend: RecordingBackend
) -> None:
    async with saying(b"1") as legacy:
        shadowing.serve(legacy, backend, share=NOBODY, shadow=copying(legacy, backend))
        shadowing.worker.pairs.await_link()
        before = ledger(shadowing)
        async with await shadowing.ask(GET) as client:
            await read_answer(client)
            peer = await backend.accepted()
            await peer.request()
            shadowing.roll_back()
            await peer.gone()
            await client.send(GET)
            assert (await read_answer(client)).body == b"1"
        assert ledger(shadowing)["stopped"] - before.get("stopped", 0) == 2
        assert len(backend.connections) == 1


async def test_without_a_lease_ai_gets_no_copies(shadowing: Gateway) -> None:
    async with saying(b"1") as legacy, saying(b"2") as ai:
        shadowing.serve(legacy, ai, share=NOBODY, shadow=copying(legacy, ai))
        shadowing.worker.pairs.await_link()
        before = ledger(shadowing).get("stopped", 0)
        shadowing.worker.lease(1.0)
        try:
            async with await shadowing.ask(GET) as client:
                assert (await read_answer(client)).body == b"1"
        finally:
            shadowing.worker.lease(math.inf)
        assert ledger(shadowing)["stopped"] - before == 1
        assert ai.requests == []


async def test_copies_may_go_on_through_a_rollback_where_the_operator_wants_that(
    shadowing: Gateway,
) -> None:
    async with saying(b"1") as legacy, saying(b"2") as ai:
        shadow = copying(legacy, ai, stops_at_rollback=False)
        shadowing.serve(legacy, ai, share=NOBODY, shadow=shadow)
        shadowing.worker.pairs.await_link()
        shadowing.roll_back()
        _, pair = await pair_of(shadowing, GET)
        assert pair.ai.body == b"2"


async def test_who_leaves_is_not_compared(shadowing: Gateway, backend: RecordingBackend) -> None:
    async with saying(b"1") as ai:
        shadowing.serve(backend, ai, share=NOBODY, shadow=copying(backend, ai))
        shadowing.worker.pairs.await_link()
        before = ledger(shadowing).get("client_gone", 0)
        client = await shadowing.ask(GET)
        await (await backend.accepted()).request()
        client.close()
        await until(lambda: ledger(shadowing).get("client_gone", 0) > before)


async def test_users_whose_bodies_wait_get_the_room_that_copies_took(
    shadowing: Gateway, backend: RecordingBackend
) -> None:
    async with saying(b"x" * 50_000) as legacy:
        settings = {"share": NOBODY, "limits": Limits(buffers=60_000)}
        shadowing.serve(legacy, backend, shadow=copying(legacy, backend), **settings)
        shadowing.worker.pairs.await_link()
        async with await shadowing.ask(GET) as client:
            await read_answer(client)
            await (await backend.accepted()).request()
        before = ledger(shadowing).get("queue_full", 0)
        keyed = (Place(PlaceKind.JSON, "/user"),)
        shadowing.serve(legacy, backend, keys=keyed, **settings)
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n"
        async with await shadowing.ask(head + b"x" * 30_000) as client:
            await until(lambda: ledger(shadowing).get("queue_full", 0) > before)
            await client.send(b"x" * 10_000)
            assert (await read_answer(client)).status == 200


# What a variant is not told...


async def test_ai_sees_nothing_of_what_is_masked_in_requests_and_in_copies(
    shadowing: Gateway,
) -> None:
    body = b'{"customer": {"email": "a@b.c"}, "text": "hello"}'
    head = b"POST /x HTTP/1.1\r\nHost: a\r\nX-Secret: s\r\nContent-Length: %d\r\n\r\n" % len(body)
    hidden = Forward(drop=("x-secret",), mask=("/customer/email",))
    async with saying(b"1") as legacy, saying(b"2") as ai:
        masked = upstream(ai.port, forward=hidden)
        shadow = copying(legacy, masked, methods=("POST",))
        for share in (NOBODY, EVERYBODY):
            shadowing.serve(legacy, masked, share=share, shadow=shadow)
            shadowing.worker.pairs.await_link()
            _, pair = await pair_of(shadowing, head + body)
            assert pair.request.body == body
        assert [bytes(request.body) for request in legacy.requests] == [body, body]
        for request in ai.requests:
            assert bytes(request.body) == b'{"customer":{"email":"[masked]"},"text":"hello"}'
            assert b"x-secret" not in as_dict(request)
        assert len(ai.requests) == 2


async def test_what_cannot_be_masked_is_served_by_legacy_and_not_copied(
    shadowing: Gateway,
) -> None:
    raw = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b"
    async with saying(b"1") as legacy, saying(b"2") as ai:
        masked = upstream(ai.port, forward=Forward(mask=("/email",)))
        shadow = copying(legacy, masked, methods=("POST",))
        shadowing.serve(legacy, masked, share=EVERYBODY, shadow=shadow)
        shadowing.worker.pairs.await_link()
        before = ledger(shadowing).get("unmaskable", 0)
        async with await shadowing.ask(raw) as client:
            got = await read_answer(client)
        assert (bytes(got.body), got.value(b"x-gray-fallback")) == (b"1", b"unmaskable")
        assert ledger(shadowing)["unmaskable"] == before + 1
        assert ai.requests == []
