import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from router.control import obeying, own_workers
from router.control.company import Company
from router.control.fleet.words import Word
from router.control.obeying import Obeying
from router.control.own_workers import OwnWorkers
from router.control.telemetry import Spread
from router.model import BasisPoints
from router.release.state import Called, Release, Status
from router.replica.joining import join
from router.tasks import TaskOwner
from router.wire.messages import AiSeen
from tests.support.background import Told, events
from tests.support.fleets import HeardTell, ListedFleet
from tests.support.releases import BOOTED, HeardWorkers, Router, begun, router_of

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), epoch=1, revision=3, phase=2)
ORDERS = replace(ROLLING, service="orders")
CALLED = Called(2, "aa")
ROLLBACK = Release(
    "support", Status.ROLLED_BACK, epoch=2, revision=4, phase=3, by="ann", rollbacks=(CALLED,)
)


class Meeting:
    """Keeps what is met where it is served; `stored` names what the store has."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.stored: set[str] = set()
        self.met: list[Release] = []

    def meet(self, *releases: Release) -> None:
        self.met += releases
        for release in releases:
            served = self._router.served.find(release.service)
            if served is not None:
                self._router.served.put(join(served, release))

    def is_in_store(self, service: str) -> bool:
        return service in self.stored


@dataclass
class Replica:
    router: Router
    keeping: Meeting
    times: Spread
    obey: Obeying

    @property
    def workers(self) -> HeardWorkers:
        return self.router.workers


def replica_of(company: Company | None = None, *releases: Release) -> Replica:
    def died(task: str, error: BaseException) -> None:
        raise AssertionError(task) from error

    workers = HeardWorkers()
    workers.names = ("worker-1", "worker-2")
    router = begun(router_of(workers, *(releases or (ROLLING, ORDERS))))
    own = OwnWorkers(workers, workers.replace, router.clocks, TaskOwner(died))
    keeping, times = Meeting(router), Spread()
    company = company or Company(ListedFleet(), HeardTell())
    obey = Obeying(router.served, keeping, own, company, replica="r1", times=times)
    return Replica(router, keeping, times, obey)


@pytest.fixture
def replica() -> Replica:
    return replica_of()


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_workers, "ACKNOWLEDGE_WITHIN", 0.02)
    monkeypatch.setattr(obeying, "ANSWER_WITHIN", 0.1)


def of(told: list[Told], name: str) -> list[dict[str, object]]:
    return [known for each, known in told if each == name]


async def test_it_is_served_waited_for_and_answered(replica: Replica, told: list[Told]) -> None:
    (word,) = await replica.obey([ROLLBACK])
    assert replica.workers.shares() == [0]
    assert word == Word("r1-1", "r1", "support", 2, 2, word.applied_ms, None, 0, in_store=False)
    assert word.applied_ms > 0
    (event,) = of(told, "rollback_obeyed")
    assert (event["service"], event["by"], event["epoch"]) == ("support", "ann", 2)
    assert (event["late"], event["complete"], event["missing"]) == (False, True, ())
    assert replica.times.buckets.count(1) == 1


async def test_it_is_served_before_anybody_is_waited_for(replica: Replica) -> None:
    replica.workers.may_acknowledge.clear()
    obeying = asyncio.ensure_future(replica.obey([ROLLBACK]))
    await asyncio.sleep(0)
    assert replica.workers.shares() == [0]
    replica.workers.may_acknowledge.set()
    await obeying


async def test_to_be_told_again_changes_nothing_and_is_answered(
    replica: Replica, told: list[Told]
) -> None:
    await replica.obey([ROLLBACK])
    replica.keeping.stored.add("support")
    (word,) = await replica.obey([ROLLBACK])
    assert replica.workers.shares() == [0]
    assert (word.acked, word.workers, word.in_store) == (2, 2, True)
    assert len(of(told, "rollback_obeyed")) == 1
    assert sum(replica.times.buckets) == 1


async def test_one_of_the_same_epoch_merges_with_ours(replica: Replica, told: list[Told]) -> None:
    ours = replace(ROLLBACK, rollbacks=(Called(2, "bb"),))
    replica.router.served.put(ours)
    (word,) = await replica.obey([ROLLBACK])
    served = replica.router.served.release("support")
    assert (served.epoch, served.rollbacks) == (2, (CALLED, Called(2, "bb")))
    assert (word.acked, word.workers) == (2, 2)
    (event,) = of(told, "rollback_obeyed")
    assert event["late"] is True


async def test_one_that_comes_late_applies_all_the_same(told: list[Told]) -> None:
    raised = replace(ROLLING, epoch=5, revision=9, rollbacks=(Called(5, "cc"),))
    replica = replica_of(None, raised)
    await replica.obey([ROLLBACK])
    served = replica.router.served.release("support")
    assert (served.status, served.share, served.epoch) == (Status.ROLLED_BACK, 0, 6)
    (event,) = of(told, "rollback_obeyed")
    assert (event["late"], event["epoch"]) == (True, 6)


async def test_a_service_that_is_not_there_asks_no_ai(replica: Replica, told: list[Told]) -> None:
    elsewhere = replace(ROLLBACK, service="elsewhere")
    word, known = await replica.obey([elsewhere, ROLLBACK])
    assert (word.service, word.workers, word.acked) == ("elsewhere", 0, 0)
    assert (known.service, known.workers) == ("support", 2)
    assert [each["service"] for each in of(told, "rollback_obeyed")] == ["support"]


async def test_what_is_no_rollback_is_neither_served_nor_answered(replica: Replica) -> None:
    assert await replica.obey([replace(ROLLING, revision=99)]) == ()
    assert replica.keeping.met == []


async def test_it_says_how_long_ago_ai_was_asked_for_the_last_time(replica: Replica) -> None:
    replica.workers.seen = AiSeen(last_begun=BOOTED - 0.25, in_flight=1)
    (word,) = await replica.obey([ROLLBACK])
    assert (word.last_begun_ago_ms, word.in_flight) == (250.0, 2)


@pytest.mark.usefixtures("short")
async def test_who_does_not_acknowledge_is_killed_here_too(
    replica: Replica, told: list[Told]
) -> None:
    replica.workers.missing = ("worker-2",)
    (word,) = await replica.obey([ROLLBACK])
    assert replica.workers.replaced == ["worker-2"]
    assert (word.workers, word.acked) == (2, 2)
    assert word.last_begun_ago_ms == 0.0  # until it was killed it may have asked AI
    assert len(of(told, "worker_replaced")) == 1


@pytest.mark.usefixtures("short")
async def test_who_cannot_be_killed_is_said_to_be_missing(
    replica: Replica, told: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    replica.workers.missing = ("worker-2",)
    monkeypatch.setattr(replica.obey._own, "_replace", lambda _: False)
    (word,) = await replica.obey([ROLLBACK])
    assert (word.workers, word.acked) == (2, 1)
    (event,) = of(told, "rollback_obeyed")
    assert (event["complete"], event["missing"]) == (False, ("worker-2",))
    assert sum(replica.times.buckets) == 0


async def test_behind_sentinel_a_store_that_has_it_may_still_lose_it() -> None:
    replica = replica_of(Company(ListedFleet(), HeardTell(), max_lag=2.0))
    replica.keeping.stored.add("support")
    (word,) = await replica.obey([ROLLBACK])
    assert word.in_store is False


async def test_it_takes_effect_like_a_change(replica: Replica) -> None:
    replica.workers.answered(legacy=90, ai=10)
    await replica.obey([ROLLBACK])
    replica.workers.answered(legacy=100, ai=10)
    conductor = replica.router.conductor
    assert conductor.effective_percent("support", conductor.totals()) == 0
