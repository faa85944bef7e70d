"""Copies of requests to the other variant, with real sockets on all sides."""

from typing import Final

import pytest

from router.compare.pair import Pair
from router.model import Variant
from tests.support.copies import copying
from tests.support.recording_backend import RecordingBackend, answering
from tests.support.strict import read_answer
from tests.support.worker import NOBODY, Gateway

GET: Final = (
    b"GET /case?x=1 HTTP/1.1\r\nHost: service.example\r\nX-Request-Id: id-7\r\n"
    b"Authorization: Bearer secret\r\nCookie: a=b\r\nIdempotency-Key: k\r\nX-Plain: yes\r\n\r\n"
)


def answer(text: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Gray-Model: m1\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(text), text)
    )


def saying(text: bytes) -> RecordingBackend:
    return RecordingBackend(answering(lambda _: answer(text)))


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
