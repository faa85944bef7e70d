import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from router.routing.snapshot import InFlight, Match
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
    works.worker.extend(9.0)
    works.worker._each_tick()
    assert works.worker._recalls._timer is ends
    assert ends is not None
    assert not ends.cancelled()
    await works.ask(works.client())
    assert works.attempts == [AI, AI]
    assert sum(permit.is_valid for permit in works.permits) == 1
    await works.worker.drain(0.0)


async def test_before_the_first_lease_there_is_none_to_run_out(works: Works) -> None:
    works.worker.extend(0.0)
    works.apply(1, SERVICE)
    serving = works.worker.serving
    works.worker.begin()
    assert works.worker.serving is serving
    await works.worker.drain(0.0)


# Whoever holds on...

HELD = replace(SERVICE, holds_on=True)


async def pass_the_lease(works: Works) -> None:
    """Let it run out, and the worker notice it."""
    works.boot_clock.now = 1.0
    works.worker._each_tick()
    await asyncio.sleep(0)


async def test_who_holds_on_is_left_at_ai_and_goes_there_without_a_lease(works: Works) -> None:
    works.apply(1, replace(HELD, in_flight=InFlight.CUT))
    works.worker.begin()
    await works.ask(works.client())
    await pass_the_lease(works)
    await works.ask(works.client())
    assert works.attempts == [AI, AI]
    assert works.counts.services[0].assignments == [("ai", "random", 2)]
    await works.worker.drain(0.0)


async def test_the_end_of_the_lease_is_for_those_who_do_not_hold_on(works: Works) -> None:
    orders = replace(HELD, name="orders", holds_on=False, match=Match(hosts=("b",)))
    works.apply(1, orders, HELD)
    works.worker.begin()
    await pass_the_lease(works)
    await works.ask(works.client())
    other = works.client()
    other.receive(GET.replace(b"Host: a", b"Host: b"))
    for _ in range(8):
        await asyncio.sleep(0)
    assert works.attempts == [AI, LEGACY]
    await works.worker.drain(0.0)


async def test_a_rollback_ends_it_without_a_lease_too(works: Works) -> None:
    works.apply(1, replace(HELD, in_flight=InFlight.CUT))
    works.worker.begin()
    await works.ask(works.client())
    await pass_the_lease(works)
    works.apply(2, replace(SERVICE, rolled_back=True, epoch=1, in_flight=InFlight.CUT))
    await works.ask(works.client())
    assert works.attempts == [AI, LEGACY, LEGACY]
    assert works.counts.services[0].fallbacks == {"rolled_back": 1}
    await works.worker.drain(0.0)


async def test_who_never_had_a_lease_has_nothing_to_hold_on_to(works: Works) -> None:
    works.worker.extend(0.0)
    works.apply(1, HELD)
    await works.ask(works.client())
    assert works.attempts == [LEGACY]


async def test_the_lease_may_come_after_the_table_and_be_over_by_then(works: Works) -> None:
    works.worker.extend(0.0)
    works.apply(1, HELD)
    works.boot_clock.now = 5.0
    works.worker.extend(4.0)
    assert works.worker.lease_until == 0.0
    await works.ask(works.client())
    assert works.attempts == [AI]


async def test_a_supervisor_that_has_no_lease_ends_it_at_once(works: Works) -> None:
    works.apply(1, replace(HELD, in_flight=InFlight.CUT))
    works.worker.begin()
    await works.ask(works.client())
    await pass_the_lease(works)
    works.worker.extend(0.0)
    await works.ask(works.client())
    assert works.attempts == [AI, LEGACY, LEGACY]
    serving = works.worker.serving
    works.worker.extend(0.0)
    assert works.worker.serving is serving
    await works.worker.drain(0.0)


@pytest.mark.parametrize("is_leased", [True, False])
async def test_a_config_that_takes_it_back_counts_at_once(works: Works, is_leased: bool) -> None:
    works.apply(1, replace(HELD, in_flight=InFlight.CUT))
    works.worker.begin()
    await works.ask(works.client())
    if not is_leased:
        await pass_the_lease(works)
    works.apply(2, replace(SERVICE, revision=1, in_flight=InFlight.CUT))
    await asyncio.sleep(0)
    assert works.attempts == ([AI] if is_leased else [AI, LEGACY])
    await works.ask(works.client())
    assert works.attempts[1:] == ([AI] if is_leased else [LEGACY, LEGACY])
    assert not works.worker._permits.of("support").holds_on
    await works.worker.drain(0.0)


async def test_who_waits_for_ai_by_an_older_table_is_held_to_the_newest(works: Works) -> None:
    one_at_a_time = replace(HELD, ai=replace(HELD.ai, max_connections=1))
    works.apply(1, one_at_a_time)
    first, second = works.client(), works.client()
    await works.ask(first)
    await works.ask(second)
    works.apply(2, replace(one_at_a_time, holds_on=False))
    works.boot_clock.now = 1.0  # nobody has noticed yet
    works.opened[0][1].receive(OK)
    for _ in range(8):
        await asyncio.sleep(0)
    assert works.attempts == [AI, LEGACY]
    assert works.opened[0][1].written.count(b"GET /") == 1


async def test_a_lease_that_is_over_is_not_noticed_twice(works: Works) -> None:
    works.apply(1, SERVICE)
    works.worker.begin()
    await pass_the_lease(works)
    serving = works.worker.serving
    works.worker.extend(0.5)  # a supervisor whose lease is over says so each time
    works.worker._each_tick()
    assert works.worker.serving is serving
    await works.worker.drain(0.0)
