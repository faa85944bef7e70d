import asyncio
from collections.abc import AsyncIterator

import pytest

from loadtests.faults.book import judge
from loadtests.faults.caller import Wish
from loadtests.faults.origin import Origin
from loadtests.faults.patience import expect
from loadtests.faults.traffic import Door, Full, Steady, Traffic

WISHES = [Wish("answers"), Wish("answers", method="POST")]


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    backend = Origin("answers-legacy")
    await backend.open()
    yield backend
    backend.close()


async def test_a_backend_writes_down_whom_it_answers(origin: Origin) -> None:
    async with Steady(Door(origin.port), WISHES, rate=500.0) as traffic:
        await expect("ten answers", lambda: traffic.answered >= 10)
    verdict = judge(traffic.asks, origin.visits)
    assert (verdict.failed, verdict.wrong) == ([], [])
    assert len(origin.visits) == len(traffic.asks)


async def test_a_closed_loop_has_as_many_in_flight_as_it_has_callers(origin: Origin) -> None:
    async with Full(Door(origin.port), [Wish("answers", "ms=5")], callers=4) as traffic:
        await expect("some answers", lambda: traffic.answered >= 12)
        assert len(traffic.in_flight()) == 4
        assert origin.connections == 4
    assert not any(ask.has_failed for ask in traffic.asks)


async def test_a_backend_that_is_killed_resets_what_is_in_flight(origin: Origin) -> None:
    async with Traffic(Door(origin.port), []) as traffic:
        ask = traffic.ask(Wish("answers", "ms=5000"))
        await expect("the request at the backend", lambda: origin.visits)
        origin.close()
        await expect("its end", lambda: ask.is_over)
    assert ask.has_failed
    assert ask.failure in ("closed", "reset")


async def test_nobody_listens_where_a_backend_is_gone_until_it_comes_back(origin: Origin) -> None:
    origin.close()
    async with Traffic(Door(origin.port), []) as traffic:
        ask = traffic.ask(Wish("answers"))
    assert ask.failure == "refused"
    await origin.open()
    async with Traffic(Door(origin.port), []) as traffic:
        ask = traffic.ask(Wish("answers"))
    assert not ask.has_failed


async def test_a_backend_that_hangs_has_seen_the_request(origin: Origin) -> None:
    origin.answers = False
    traffic = Traffic(Door(origin.port), [])
    ask = traffic.ask(Wish("answers"))
    await expect("the request at the backend", lambda: origin.visits)
    await traffic.finish(0.0)
    assert ask.failure == "unanswered"


async def test_a_connection_that_ends_while_nobody_asks_is_no_failure(origin: Origin) -> None:
    traffic = Traffic(Door(origin.port), [])
    await traffic.open(3)
    await expect("three connections", lambda: origin.connections == 3)
    origin.close()
    await expect("their ends", lambda: len(traffic.ends) == 3)
    await traffic.finish()
    assert traffic.asks == []


async def test_health_is_asked_for_without_an_id(origin: Origin) -> None:
    origin.is_well = False
    reader, writer = await asyncio.open_connection("127.0.0.1", origin.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
    assert b"503" in await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert origin.visits == []
    assert origin.probes == 1


async def test_a_connection_that_was_idle_for_too_long_is_not_used_again(origin: Origin) -> None:
    async with Traffic(Door(origin.port), [], keep=0.0) as traffic:
        await traffic.open(3)
        ask = traffic.ask(Wish("answers"))
        await expect("the answer", lambda: ask.is_over)
    assert not ask.has_failed
    assert origin.accepted == 4
