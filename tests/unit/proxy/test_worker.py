import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from router.model import BasisPoints, Reason, Variant
from router.routing.snapshot import (
    Ejection,
    Endpoint,
    ListenerTls,
    Snapshot,
    Upstream,
)
from router.wire.messages import Ejected, Locate, Target
from tests.support.certificates import Authority, rsa_key
from tests.support.works import AI, ELSEWHERE, LEGACY, OK, SERVICE, Works, to


@pytest.fixture
async def make_works(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Works]]:
    made: list[Works] = []

    def make(**settings: int) -> Works:
        made.append(Works(monkeypatch, **settings))
        return made[-1]

    yield make
    for each in made:
        os.close(each.descriptor)


@pytest.fixture
async def works(make_works: Callable[..., Works]) -> Works:
    return make_works()


# Serving...


async def test_a_request_goes_all_the_way_and_back(works: Works) -> None:
    works.apply(1, SERVICE)
    client = await works.serve_one()
    port, backend = works.opened[0]
    assert port == AI
    assert backend.written.startswith(b"GET / HTTP/1.1\r\nhost: a\r\n")
    assert client.written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert client.written.endswith(b"\r\n\r\nok")


async def test_a_change_of_the_share_costs_no_connection(works: Works) -> None:
    works.apply(1, SERVICE)
    await works.serve_one()
    works.apply(2, replace(SERVICE, share=SERVICE.share, revision=2))
    await works.serve_one()
    assert works.attempts == [AI]
    assert works.opened[0][1].written.count(b"GET /") == 2


async def test_changed_endpoints_close_what_was_kept_and_nothing_else(works: Works) -> None:
    works.apply(1, SERVICE)
    await works.serve_one()
    legacy = works.worker.serving.routes[0].legacy.pool
    works.apply(2, replace(SERVICE, ai=to(ELSEWHERE)))
    assert works.opened[0][1].is_closing()
    assert works.worker.serving.routes[0].legacy.pool is legacy
    await works.serve_one()
    assert works.attempts == [AI, ELSEWHERE]


async def test_a_request_in_flight_is_finished_by_the_snapshot_it_began_with(works: Works) -> None:
    works.apply(1, replace(SERVICE, revision=1))
    client = works.client()
    await works.ask(client)
    works.apply(2, replace(SERVICE, ai=to(ELSEWHERE), revision=2))
    backend = works.opened[0][1]
    backend.receive(OK)
    await asyncio.sleep(0)
    assert b"x-gray-revision: 1\r\n" in client.written
    assert backend.is_closing()


async def test_a_service_that_is_gone_is_no_route_any_more(works: Works) -> None:
    works.apply(1, SERVICE)
    client = await works.serve_one()
    client.take_written()
    works.apply(2)
    await works.ask(client)
    assert b"x-gray-error: no_route\r\n" in client.written
    assert works.counts.refused == {"no_route": 1}


async def test_ai_is_tried_once_where_legacy_can_be_asked_instead(works: Works) -> None:
    works.refused = {AI, LEGACY}
    works.apply(1, SERVICE)
    client = works.client()
    await works.ask(client)
    for _ in range(20):
        await asyncio.sleep(0)
    assert works.attempts == [AI, LEGACY, LEGACY]
    assert client.written.startswith(b"HTTP/1.1 502 ")


async def test_ai_is_tried_as_often_as_configured_where_it_stands_alone(works: Works) -> None:
    works.refused = {AI}
    works.apply(1, replace(SERVICE, fall_back_on_connect=False))
    await works.ask(works.client())
    for _ in range(20):
        await asyncio.sleep(0)
    assert works.attempts == [AI, AI]


# Located...


def located(*ports: int, endpoints: list[str] | None = None) -> Locate:
    targets = [Target(0, "127.0.0.1", port) for port in ports]
    return Locate("support", Variant.AI, targets, endpoints or [])


NAMED = replace(SERVICE, ai=Upstream((Endpoint("ai.internal", 80),), retry_backoff=0.0))


async def test_requests_go_where_the_endpoints_were_located(works: Works) -> None:
    works.apply(1, NAMED)
    works.worker.locate(located(ELSEWHERE))
    await works.serve_one()
    assert works.attempts == [ELSEWHERE]
    assert b"host: a\r\n" in works.opened[0][1].written


@pytest.mark.parametrize("endpoints", [[], ["ai.internal:80"]])
async def test_where_they_are_may_be_said_before_the_table(
    works: Works, endpoints: list[str]
) -> None:
    works.worker.locate(located(ELSEWHERE, endpoints=endpoints))
    works.apply(1, NAMED)
    await works.serve_one()
    assert works.attempts == [ELSEWHERE]


async def test_a_changed_table_knows_where_its_endpoints_are(works: Works) -> None:
    works.apply(1, NAMED)
    works.worker.locate(located(ELSEWHERE))
    works.apply(2, replace(NAMED, ai=replace(NAMED.ai, connect_timeout=1.0)))
    await works.serve_one()
    assert works.attempts == [ELSEWHERE]


async def test_what_is_located_for_one_variant_leaves_the_other_alone(works: Works) -> None:
    works.apply(1, replace(NAMED, legacy=NAMED.ai))
    works.worker.locate(located(ELSEWHERE))
    route = works.worker.serving.routes[0]
    assert (route.ai.pool.is_available, route.legacy.pool.is_available) == (True, False)


async def test_telemetry_says_who_is_left_out(works: Works) -> None:
    policy = Ejection(consecutive=2, base=10.0, max_percent=50.0)
    ai = replace(to(AI, ELSEWHERE), ejection=policy)
    works.refused = {AI}
    works.apply(1, replace(SERVICE, ai=ai))
    while not works.worker.telemetry().ejected:
        await works.ask(works.client())
    assert works.worker.telemetry().ejected == [
        Ejected("support", Variant.AI, f"127.0.0.1:{AI}", 10.0)
    ]


# Counting...


async def test_counters_outlive_every_change(works: Works) -> None:
    works.apply(1, SERVICE)
    await works.serve_one()
    works.apply(2, replace(SERVICE, ai=to(ELSEWHERE)))
    await works.serve_one()
    [counts] = works.counts.services
    assert counts.assignments == [(Variant.AI, Reason.RANDOM, 2)]
    assert [variant.codes for variant in counts.variants] == [{}, {200: 2}]


async def test_what_is_in_flight_is_counted_until_it_has_ended(works: Works) -> None:
    works.apply(1, SERVICE)
    client = works.client()
    await works.ask(client)
    before = works.counts
    works.opened[0][1].receive(OK)
    after = works.counts
    assert before.services[0].variants[1].in_flight == 1
    assert after.services[0].variants[1].in_flight == 0
    assert before.services[0].variants[1].codes == {}
    assert before.connections == 1


async def test_a_roll_is_one_of_ten_thousand_buckets(works: Works) -> None:
    assert works.worker.roll() == 9_999


# Limits...


async def test_without_a_table_nobody_is_served(works: Works) -> None:
    client = works.client()
    assert client.written.startswith(b"HTTP/1.1 503 ")
    assert b"x-gray-error: not_ready\r\n" in client.written
    assert client.is_ended


async def test_one_client_too_many_is_told_so(works: Works) -> None:
    works.apply(1, SERVICE, connections=1)
    first, second = works.client(), works.client()
    assert first.written == b""
    assert b"x-gray-error: too_many_connections\r\n" in second.written
    first.lose()
    second.lose()
    assert works.client().written == b""


async def test_where_no_more_fit_nobody_is_accepted_until_somebody_has_left(
    make_works: Callable[..., Works],
) -> None:
    works = make_works(most_connections=1)
    works.apply(1, SERVICE)
    assert not works.worker.telemetry().is_full
    first = works.client()
    assert works.worker.telemetry().is_full
    assert first.written == b""
    first.lose()
    works.worker.begin()
    assert not works.worker.telemetry().is_full
    await works.worker.drain(0.0)


async def test_who_is_turned_away_takes_a_place_until_it_has_left(
    make_works: Callable[..., Works],
) -> None:
    works = make_works(most_connections=2)
    works.apply(1, SERVICE, connections=1)
    works.client()
    second = works.client()
    assert works.worker.telemetry().is_full
    second.lose()
    works.worker.begin()
    assert not works.worker.telemetry().is_full
    await works.worker.drain(0.0)


@pytest.mark.parametrize(("most_connections", "makes_way"), [(1, True), (2, False)])
async def test_a_connection_that_nobody_uses_makes_way_where_descriptors_are_few(
    make_works: Callable[..., Works], most_connections: int, makes_way: bool
) -> None:
    works = make_works(most_connections=most_connections)
    works.apply(1, SERVICE)
    await works.serve_one()
    works.apply(2, replace(SERVICE, share=BasisPoints(0)))
    await works.serve_one()
    assert works.attempts == [AI, LEGACY]
    assert [transport.is_closing() for _, transport in works.opened] == [makes_way, False]


# The lease and AI's endpoints...


async def test_without_a_lease_legacy_answers_in_ais_place(works: Works) -> None:
    works.worker.extend(0.0)
    works.apply(1, SERVICE)
    client = await works.serve_one()
    assert works.attempts == [LEGACY]
    assert b"x-gray-variant: legacy\r\n" in client.written
    assert b"x-gray-fallback: lease_lost\r\n" in client.written
    [counts] = works.counts.services
    assert counts.assignments == [("legacy", "lease_lost", 1)]
    assert counts.fallbacks == {"lease_lost": 1}


async def test_without_an_endpoint_of_ai_legacy_answers_in_its_place(works: Works) -> None:
    works.apply(1, SERVICE)
    works.worker.serving.routes[0].ai.pool.is_available = False
    client = await works.serve_one()
    assert works.attempts == [LEGACY]
    assert b"x-gray-fallback: no_endpoint\r\n" in client.written
    [counts] = works.counts.services
    assert counts.assignments == [("legacy", "no_endpoint", 1)]


# Ending...


async def test_a_worker_without_clients_has_drained_at_once(works: Works) -> None:
    works.apply(1, SERVICE)
    await works.worker.drain(60.0)
    assert works.worker.draining


async def test_a_worker_that_drains_finishes_what_is_in_flight(works: Works) -> None:
    works.apply(1, SERVICE)
    busy = works.client()
    await works.ask(busy)
    draining = asyncio.ensure_future(works.worker.drain(60.0))
    await asyncio.sleep(0)
    works.opened[-1][1].receive(OK)
    assert b"connection: close\r\n" in busy.written
    assert not draining.done()
    busy.lose()
    await draining


async def test_who_is_not_done_in_time_is_cut_off(works: Works) -> None:
    works.apply(1, SERVICE)
    client = works.client()
    await works.ask(client)
    assert await works.worker.drain(0.0) == 1
    assert client.is_reset


async def test_who_comes_while_the_worker_drains_is_not_kept(works: Works) -> None:
    works.apply(1, SERVICE)
    works.worker.draining = True
    client = await works.serve_one()
    assert b"connection: close\r\n" in client.written
    assert client.is_ended


async def test_who_comes_after_the_last_one_has_left_is_still_finished(works: Works) -> None:
    works.apply(1, SERVICE)
    works.worker.draining = True
    works.client().lose()
    busy = works.client()
    await works.ask(busy)
    draining = asyncio.ensure_future(works.worker.drain(60.0))
    for _ in range(8):
        await asyncio.sleep(0)
    assert not draining.done()
    works.opened[-1][1].receive(OK)
    busy.lose()
    assert await draining == 0


# What clients are shown...


async def test_a_new_certificate_replaces_one_whose_key_is_of_another_type(
    works: Works, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    first = authority.issue("DNS:localhost")
    second = authority.issue("DNS:localhost", key=rsa_key())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        works.worker.hold({0: [listening]})
        for version, shown in enumerate((first, second), 1):
            tls = ListenerTls(shown.certificate, shown.key)
            works.worker.apply(Snapshot(version, (SERVICE,), tls=tls))
            assert await works.worker.accept([0, 7]) == [0]
            address = listening.getsockname()
            seen = await asyncio.to_thread(ssl.get_server_certificate, address, timeout=5.0)
            assert seen == shown.certificate
        await works.worker.drain(5.0)


# The clock...


async def test_a_worker_that_listens_knows_the_date_and_who_is_late(works: Works) -> None:
    works.apply(1, replace(SERVICE, ai=replace(to(AI), max_connections=1)))
    works.worker.begin()
    assert works.worker.date == b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    busy, waiting = works.client(), works.client()
    await works.ask(busy)
    await works.ask(waiting)
    works.clock.now += 2.0
    await waiting.wrote.wait()
    assert b"x-gray-error: upstream_busy\r\n" in waiting.written
    await works.worker.drain(0.0)
