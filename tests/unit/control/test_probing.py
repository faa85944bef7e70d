import asyncio
from collections.abc import AsyncIterator

import pytest

from router.control.health import Health
from router.control.probe import Aim, Site
from router.control.probing import FIRST_WITHIN, MOST_AT_ONCE, Probing
from router.model import Variant
from router.routing.snapshot import Endpoint, UpstreamTls
from router.tasks import TaskOwner
from tests.support.background import (
    Patients,
    Pauses,
    Told,
    owner,
    rhythm,
    settle,
)

HERE = Site("support", Variant.AI, Endpoint("10.0.0.1", 9002), "10.0.0.1")
THERE = Site("support", Variant.AI, Endpoint("10.0.0.2", 9002), "10.0.0.2")
AIM = Aim(Health("/healthz"), UpstreamTls())


class Probed:
    """Probing with everything around it; each `round` is one probe of everybody."""

    def __init__(self, tasks: TaskOwner) -> None:
        self.patients = Patients()
        self.pauses = Pauses()
        self.flipped: list[Site] = []
        self.probing = Probing(self.patients.probe, rhythm(self.pauses), tasks, self.flipped.append)

    async def round(self, ill: str = "") -> None:
        """Probe once; `ill` is what HERE suffers from."""
        self.patients.ill[HERE.address] = ill
        await self.pauses.end()


@pytest.fixture
async def it() -> AsyncIterator[Probed]:
    with owner() as tasks:
        yield Probed(tasks)
        await tasks.close()


async def test_whoever_was_not_probed_yet_is_up(it: Probed) -> None:
    it.probing.watch({HERE: AIM})
    await settle()
    assert it.probing.is_up(HERE)
    assert it.patients.probed == {}
    assert it.pauses.asked == [FIRST_WITHIN / 2]


async def test_a_backend_that_is_dead_at_the_start_is_known_after_one_probe(
    it: Probed, told: list[Told]
) -> None:
    it.probing.watch({HERE: AIM})
    await it.round(ill="refused")
    assert not it.probing.is_up(HERE)
    assert it.flipped == [HERE]
    down = {"service": "support", "variant": "ai", "endpoint": "10.0.0.1:9002"}
    assert told == [("endpoint_down", {**down, "reason": "refused"})]


async def test_it_goes_down_and_comes_back_by_the_operators_counts_and_each_is_said_once(
    it: Probed, told: list[Told]
) -> None:
    it.probing.watch({HERE: AIM})
    await it.round()
    for _ in range(5):
        await it.round(ill="status 503")
    assert it.probing.reason(HERE) == "status 503"
    for _ in range(5):
        await it.round()
    assert [name for name, _ in told] == ["endpoint_down", "endpoint_up"]
    assert it.flipped == [HERE, HERE]
    assert it.probing.reason(HERE) == ""


async def test_the_interval_passes_between_two_probes(it: Probed) -> None:
    it.probing.watch({HERE: AIM})
    await it.round()
    assert it.pauses.asked[1:] == [AIM.health.interval]
    assert it.patients.probed == {HERE.name: 1}


async def test_who_stays_keeps_its_standing_when_others_come_and_go(it: Probed) -> None:
    it.probing.watch({HERE: AIM})
    await it.round(ill="refused")
    it.probing.watch({HERE: AIM, THERE: AIM})
    assert not it.probing.is_up(HERE)
    await it.round(ill="refused")
    assert it.patients.probed == {HERE.name: 2, THERE.name: 1}


async def test_another_path_counts_from_the_next_probe_on_and_keeps_the_standing(
    it: Probed,
) -> None:
    it.probing.watch({HERE: AIM})
    await it.round(ill="status 404")
    other = Aim(Health("/ready", healthy_after=1), UpstreamTls())
    it.probing.watch({HERE: other})
    await settle()
    assert not it.probing.is_up(HERE)
    await it.round()
    assert it.probing.is_up(HERE)
    assert it.patients.aims == [AIM, other]


async def test_who_is_watched_no_more_is_up_and_probed_no_more(it: Probed) -> None:
    it.probing.watch({HERE: AIM})
    await it.round(ill="refused")
    it.probing.watch({})
    await it.round(ill="refused")
    assert it.probing.is_up(HERE)
    assert it.probing.reason(HERE) == ""
    assert it.patients.probed == {HERE.name: 1}


async def test_only_so_many_probes_are_on_their_way_at_once() -> None:
    begun: list[Site] = []
    may_end = asyncio.Event()

    async def slow(site: Site, _: Aim) -> str:
        begun.append(site)
        await may_end.wait()
        return ""

    with owner() as tasks:
        pauses = Pauses()
        probing = Probing(slow, rhythm(pauses), tasks, lambda _: None)
        many = [
            Site("support", Variant.AI, Endpoint("10.0.0.1", port), "10.0.0.1")
            for port in range(1, 101)
        ]
        probing.watch(dict.fromkeys(many, AIM))
        await pauses.end()
        assert len(begun) == MOST_AT_ONCE
        may_end.set()
        await settle()
        assert sorted(site.endpoint.port for site in begun) == [*range(1, 101)]
        await tasks.close()
