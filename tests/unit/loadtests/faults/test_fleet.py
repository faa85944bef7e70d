from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from loadtests.faults.book import Visit
from loadtests.faults.caller import Wish
from loadtests.faults.fleet import Fleet, Load, Replica
from loadtests.faults.network import Network
from loadtests.faults.origin import Origin
from loadtests.faults.redis import Alone
from loadtests.faults.traffic import Door

NAMES = ("r1", "r2", "r3")


class NoNetwork(Network):
    """It notes who is to be parted from whom."""

    def __init__(self) -> None:
        super().__init__()
        self.parted: list[tuple[list[str], set[str]]] = []

    async def part(self, some: Any, others: Any) -> None:
        self.parted.append((list(some), set(others)))


@pytest.fixture
async def ai() -> AsyncIterator[Origin]:
    backend = Origin("answers-ai")
    await backend.open()
    yield backend
    backend.close()


def fleet_at(port: int, network: Network | None = None) -> Fleet:
    """Return one whose replicas are all the same backend."""
    store = cast(Alone, SimpleNamespace(names=("redis-1",)))
    router: Any = SimpleNamespace(door=Door(port))
    return Fleet(network or Network(), store, [Replica(name, router) for name in NAMES])


async def test_one_may_be_cut_off_from_its_peers_from_its_store_or_from_both() -> None:
    network = NoNetwork()
    fleet = fleet_at(1, network)
    await fleet.cut_off(fleet[4])
    await fleet.cut_off(fleet[0], peers=False)
    await fleet.cut_off(fleet[0], store=False)
    assert network.parted == [
        (["r2"], {"r1", "r3", "redis-1"}),
        (["r1"], {"redis-1"}),
        (["r1"], {"r2", "r3"}),
    ]


async def test_the_load_is_spread_over_all_replicas_until_ai_answers_through_each(
    ai: Origin,
) -> None:
    async with Load(fleet_at(ai.port), [Wish("answers")], rate=300.0) as load:
        await load.has_ai("answers")
    counts = [len(steady.asks) for steady in load.steady.values()]
    assert max(counts) - min(counts) <= 5
    assert min(counts) > 0


async def test_what_ai_had_after_a_call_is_known_by_replica(ai: Origin) -> None:
    async with Load(fleet_at(ai.port), [Wish("answers")], rate=300.0) as load:
        await load.has_ai("answers", ["r2"])
    (number, *_) = [ask.number for ask in load.steady["r2"].asks]
    visits = [Visit(number, "answers-ai", 10.5), Visit(0, "answers-ai", 11.0)]
    assert load.last_begun(visits, 10.0, "r2") == 0.5
    assert load.last_begun(visits, 10.0, "r1") == 0.0
