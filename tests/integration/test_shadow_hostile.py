"""Whatever a backend does with its copies, users get the same bytes, and get them no later."""

import asyncio
from dataclasses import replace
from time import monotonic
from typing import Final

import pytest

from router.model import Variant
from router.routing.snapshot import HeaderPolicy, Sends, Upstream
from tests.support.copies import copying
from tests.support.recording_backend import BackendConnection, RecordingBackend, Script, answering
from tests.support.strict import Request
from tests.support.until import until
from tests.support.worker import EVERYBODY, NOBODY, Gateway, closed_port, upstream

pytestmark = pytest.mark.slow

METHODS: Final = ("GET", "HEAD", "POST")
QUIET: Final = HeaderPolicy(expose=("variant",))
"""Without the revision, which grows with each table."""
BODY: Final = b"x" * 200_000
MEGABYTE: Final = 1024 * 1024
TIMEOUT: Final = 1.5
"""Seconds that a copy may take."""
AT_ONCE: Final = 1.4
"""Seconds within which every user has an answer: fewer than a copy may take."""

ASKED: Final = {
    "plain": b"GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "head": b"HEAD /head HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "stream": b"GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "body": b"POST /body HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
    % (len(BODY), BODY),
    "chunks": b"POST /chunks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
    "failing": b"GET /failing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
}
DATE: Final = b"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"


def primary(request: Request) -> bytes:
    """Answer as a decent backend does: in one piece, as a stream, with an error."""
    if request.target == b"/stream":
        chunks = b"".join(b"5\r\n%05d\r\n" % number for number in range(50))
        return b"HTTP/1.1 200 OK\r\n" + DATE + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + END
    if request.target == b"/failing":
        return b"HTTP/1.1 503 Busy\r\n" + DATE + b"Content-Length: 4\r\n\r\nbusy"
    head = b"HTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 6\r\n\r\n"
    return head if request.method == b"HEAD" else head + b"answer"


END: Final = b"0\r\n\r\n"
START: Final = b"HTTP/1.1 200 OK\r\n"


async def flood(peer: BackendConnection, block: bytes) -> None:
    """Send the same until nobody takes it; others have their turn in between."""
    while True:
        if not await peer.send(block):
            return
        await asyncio.sleep(0)


async def resets(peer: BackendConnection) -> None:
    peer.reset()


async def resets_midway(peer: BackendConnection) -> None:
    await peer.head()
    await peer.send(START + b"Content-Length: 100\r\n\r\nhalf")
    peer.reset()


async def closes_early(peer: BackendConnection) -> None:
    await peer.head()
    await peer.send(START + b"Content-Length: 100\r\n\r\nhalf")


async def hangs(peer: BackendConnection) -> None:
    await peer.head()
    await peer.gone()


async def never_reads(_: BackendConnection) -> None:
    await asyncio.sleep(TIMEOUT * 4)


async def drips(peer: BackendConnection) -> None:
    await peer.head()
    for byte in START + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000:
        if not await peer.send(bytes([byte])):
            return
        await asyncio.sleep(0.01)


async def talks_garbage(peer: BackendConnection) -> None:
    await peer.head()
    await peer.send(b"\x16\x03\x01 SMTP? \r\n\x00" * 50)


async def talks_before_it_is_asked(peer: BackendConnection) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
    await peer.gone()


async def never_ends(peer: BackendConnection) -> None:
    await peer.head()
    await peer.send(START + b"Transfer-Encoding: chunked\r\n\r\n")
    block = b"10000\r\n%b\r\n" % (b"x" * 65_536)
    await flood(peer, block)


async def has_a_huge_head(peer: BackendConnection) -> None:
    await peer.head()
    await peer.send(START)
    await flood(peer, b"X-Filler: %b\r\n" % (b"f" * 8_000))


async def says_only_that_it_will_answer(peer: BackendConnection) -> None:
    await peer.head()
    await flood(peer, b"HTTP/1.1 102 Processing\r\n\r\n" * 100)


async def switches_protocols(peer: BackendConnection) -> None:
    await peer.head()
    await peer.send(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    )
    await peer.gone()


async def answers_twice(peer: BackendConnection) -> None:
    await peer.request()
    await peer.send((START + b"Content-Length: 2\r\n\r\nok") * 2)
    await peer.gone()


async def lies_about_money(peer: BackendConnection) -> None:
    while True:
        await peer.request()
        await peer.send(START + b"X-Gray-Cost-Usd: -1e999\r\nContent-Length: 0\r\n\r\n")


WHOLE: Final = {"paired"}
ERROR: Final = {"shadow_error"}
LATE: Final = {"shadow_timeout"}
ENDLESS: Final = {"too_large"}
HOSTILE: Final[dict[Script, set[str]]] = {
    resets: ERROR,
    resets_midway: ERROR | WHOLE,  # an answer to HEAD is whole with its head
    closes_early: ERROR | WHOLE,
    hangs: LATE,
    never_reads: LATE,
    drips: LATE | WHOLE,
    talks_garbage: ERROR,
    talks_before_it_is_asked: ERROR | WHOLE | LATE,  # nobody can tell when the question left
    never_ends: LATE | WHOLE | ENDLESS,  # ditto, and how much comes in time
    has_a_huge_head: ERROR,
    says_only_that_it_will_answer: ERROR,
    switches_protocols: ERROR,
    answers_twice: WHOLE,
    lies_about_money: WHOLE,
}
"""What backends do, and what may be counted of it."""


async def ask_all(gateway: Gateway) -> dict[str, bytes]:
    """Ask everything at once, and return every byte that users got; nobody waits for long."""
    begun = monotonic()
    answers = await asyncio.gather(*(_ask(gateway, raw) for raw in ASKED.values()))
    assert monotonic() - begun < AT_ONCE
    return dict(zip(ASKED, answers, strict=True))


async def _ask(gateway: Gateway, raw: bytes) -> bytes:
    named = raw.replace(b"Host: a\r\n", b"Host: a\r\nX-Request-Id: id-1\r\n")
    async with await gateway.ask(named) as client:
        return await client.read_to_end()


async def compare(gateway: Gateway, hostile: Upstream, served: Variant) -> dict[str, int]:
    """Hold what users get with such a shadow against what they get without; return the ledger."""
    worker = gateway.worker
    async with RecordingBackend(answering(primary)) as decent:
        good = upstream(decent.port)
        legacy, ai = (good, hostile) if served is Variant.LEGACY else (hostile, good)
        share = NOBODY if served is Variant.LEGACY else EVERYBODY
        gateway.serve(legacy, ai, share=share, headers=QUIET)
        expected = await ask_all(gateway)
        shadow = copying(legacy, ai, methods=METHODS, timeout=TIMEOUT)
        gateway.serve(legacy, ai, share=share, headers=QUIET, shadow=shadow)
        worker.pairs.await_link()
        before = ledger(gateway)
        for _ in range(2):
            assert await ask_all(gateway) == expected
        await until(lambda: total(gateway) >= sum(before.values()) + 2 * len(ASKED))
    assert worker.is_alive
    gained = {each: count - before.get(each, 0) for each, count in ledger(gateway).items()}
    return {reason: count for reason, count in gained.items() if count}


def ledger(gateway: Gateway) -> dict[str, int]:
    services = gateway.worker.counts().services
    return next((service.shadows for service in services if service.service == "support"), {})


def total(gateway: Gateway) -> int:
    return sum(ledger(gateway).values())


def in_flight(gateway: Gateway) -> int:
    return sum(sum(each.copies.values()) for each in gateway.worker.counts().services)


@pytest.mark.parametrize("served", Variant)
@pytest.mark.parametrize("script", HOSTILE)
async def test_whatever_a_backend_does_with_copies_users_get_the_same_bytes(
    gateway: Gateway, script: Script, served: Variant
) -> None:
    async with RecordingBackend(script) as hostile:
        counted = await compare(gateway, upstream(hostile.port), served)
    assert sum(counted.values()) == 2 * len(ASKED), "every request is counted once"
    assert counted.keys() <= HOSTILE[script]
    assert in_flight(gateway) == 0


@pytest.mark.parametrize("served", Variant)
async def test_a_backend_that_refuses_copies_changes_nothing(
    gateway: Gateway, served: Variant
) -> None:
    counted = await compare(gateway, upstream(closed_port()), served)
    assert counted == {"shadow_error": 2 * len(ASKED)}


async def test_an_endless_answer_takes_no_more_memory_than_it_may(gateway: Gateway) -> None:
    async with (
        RecordingBackend(answering(primary)) as legacy,
        RecordingBackend(never_ends) as ai,
    ):
        shadow = copying(legacy, ai, timeout=2.0, max_concurrency=16, max_body=64 * 1024)
        gateway.serve(legacy, ai, share=NOBODY, shadow=replace(shadow, sends=Sends.TO_AI))
        gateway.worker.pairs.await_link()
        await _ask(gateway, ASKED["plain"])
        before = highest = gateway.worker.resident_bytes()
        for _ in range(40):
            await asyncio.gather(*(_ask(gateway, ASKED["plain"]) for _ in range(8)))
            highest = max(highest, gateway.worker.resident_bytes())
        assert highest - before < 8 * MEGABYTE
        await until(lambda: not in_flight(gateway))
