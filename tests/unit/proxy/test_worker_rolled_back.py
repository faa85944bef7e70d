import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from router.routing.snapshot import InFlight
from router.wire.messages import AiSeen
from tests.support.works import AI, GET, LEGACY, OK, SERVICE, Works


@pytest.fixture
async def works(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Works]:
    made = Works(monkeypatch)
    yield made
    os.close(made.descriptor)


async def test_a_rollback_is_acknowledged_with_what_ai_has_had(works: Works) -> None:
    assert works.worker.ai_seen() == {}
    works.apply(1, SERVICE)
    assert works.worker.ai_seen() == {"support": AiSeen(0.0, 0)}
    works.boot_clock.now = 0.5
    client = works.client()
    await works.ask(client)
    assert works.worker.ai_seen() == {"support": AiSeen(0.5, 1)}
    works.apply(2, replace(SERVICE, rolled_back=True, epoch=1))
    assert works.worker.ai_seen() == {"support": AiSeen(0.5, 1)}
    works.opened[0][1].receive(OK)
    await works.ask(client)
    assert works.worker.ai_seen() == {"support": AiSeen(0.5, 0)}
    assert works.attempts == [AI, LEGACY]


async def test_a_rollback_sends_who_waits_for_ai_to_legacy(works: Works) -> None:
    one_at_a_time = replace(SERVICE.ai, max_connections=1)
    works.apply(1, replace(SERVICE, ai=one_at_a_time))
    first, second = works.client(), works.client()
    await works.ask(first)
    await works.ask(second)
    assert works.attempts == [AI]
    works.apply(2, replace(SERVICE, ai=one_at_a_time, rolled_back=True, epoch=1))
    await asyncio.sleep(0)
    works.opened[0][1].receive(OK)
    for _ in range(8):
        await asyncio.sleep(0)
    assert works.attempts == [AI, LEGACY]
    assert works.opened[0][1].written.count(b"GET /") == 1
    works.opened[1][1].receive(OK)
    await asyncio.sleep(0)
    assert b"x-gray-fallback: rolled_back\r\n" in second.written
    assert b"x-gray-fallback" not in first.written


async def test_a_cut_ends_what_is_at_ai_before_it_is_acknowledged(works: Works) -> None:
    works.apply(1, SERVICE)
    client = works.client()
    client.receive(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    await asyncio.sleep(0)
    cut = replace(SERVICE, rolled_back=True, epoch=1, in_flight=InFlight.CUT)
    works.apply(2, cut)
    assert works.worker.ai_seen()["support"].in_flight == 0


async def test_what_has_begun_has_left_before_the_rollback_is_acknowledged(works: Works) -> None:
    works.apply(1, SERVICE)
    await works.serve_one()
    backend = works.opened[0][1]
    works.client().receive(GET)
    assert backend.written.count(b"GET /") == 1  # the second waits for the end of the turn
    works.apply(2, replace(SERVICE, rolled_back=True, epoch=1))
    assert backend.written.count(b"GET /") == 2
    assert works.worker.ai_seen()["support"].in_flight == 1


async def test_the_time_of_those_who_are_left_ends_with_the_worker(works: Works) -> None:
    works.apply(1, SERVICE)
    await works.ask(works.client())
    works.apply(2, replace(SERVICE, rolled_back=True, epoch=1))
    timer = works.worker._recalls._timer
    assert timer is not None
    await works.worker.drain(0.0)
    assert timer.cancelled()


async def test_a_lease_that_runs_out_has_ai_left_as_a_rollback_does(works: Works) -> None:
    works.apply(1, replace(SERVICE, in_flight=InFlight.CUT))
    client = works.client()
    await works.ask(client)
    works.worker.begin()
    assert works.attempts == [AI]
    works.boot_clock.now = 1.0
    works.worker._each_tick()
    await asyncio.sleep(0)
    assert works.attempts == [AI, LEGACY]
    assert works.worker.ai_seen() == {"support": AiSeen(0.0, 0)}
    await works.worker.drain(0.0)


async def test_a_lease_that_comes_again_gives_ai_back_to_new_requests_alone(works: Works) -> None:
    works.apply(1, SERVICE)
    works.worker.begin()
    await works.ask(works.client())
    works.boot_clock.now = 1.0
    works.worker._each_tick()
    ends = works.worker._recalls._timer
    works.worker.lease_until = 9.0
    works.worker._each_tick()
    assert works.worker._recalls._timer is ends
    assert ends is not None
    assert not ends.cancelled()
    await works.ask(works.client())
    assert works.attempts == [AI, AI]
    assert sum(permit.is_valid for permit in works.permits) == 1
    await works.worker.drain(0.0)


async def test_before_the_first_lease_there_is_none_to_run_out(works: Works) -> None:
    works.worker.lease_until = 0.0
    works.apply(1, SERVICE)
    serving = works.worker.serving
    works.worker.begin()
    assert works.worker.serving is serving
    await works.worker.drain(0.0)
