"""Replicas on a real Redis: what they see of each other, who leads, and what they count."""

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import pytest

from router.control.clocks import Clocks
from router.control.fleet import alerting, counting, fellowship, leading, watching
from router.control.fleet.fellowship import Fellowship, Means
from router.control.fleet.fleet import About, Fleet, Identity
from router.control.webhook_message import Alert
from router.control.workers import WorkerState
from router.model import BasisPoints
from router.release.state import Release, Status
from router.store.memory import MemoryStore
from router.store.redis import RedisStore
from router.tasks import TaskOwner
from router.wire.counting import GIST_LENGTH
from tests.support.redis_servers import Redis, store_in
from tests.support.releases import HeardWorkers, begun, router_of
from tests.support.stored import NOON

LEASE = 15.0
ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)
CLOCKS = Clocks(lambda: NOON, time.monotonic, time.monotonic)


class Replica:
    """A router without workers: what they would count is what the test says."""

    def __init__(self, store: RedisStore, name: str) -> None:
        self.store = store
        self.config = "abc"
        self.trouble = ""
        self.posted: list[Alert] = []
        self.gists: dict[str, Sequence[int]] = {}
        self.seats: list[WorkerState] = []
        self.router = begun(router_of(HeardWorkers(), ROLLING))
        self.fleet = Fleet(
            Identity(name, f"{name}-1"),
            lambda: About(2, self.config, {"support": (0, 3)}),
            lambda: 25.0,
            CLOCKS.boottime,
            is_shared=True,
        )
        self.fellowship = Fellowship(
            Means(
                fleet=self.fleet,
                store=store,
                served=self.router.served,
                clocks=CLOCKS,
                lease=LEASE,
                gists=lambda: self.gists,
                workers=lambda: self.seats,
                post=self.posted.append,
                trouble=lambda: self.trouble,
            )
        )
        self.fleet.lease_until = math.inf
        self.tasks = TaskOwner(_died)

    async def beats(self) -> None:
        """Renew, as often as one would; a test's second is short."""
        while True:
            with contextlib.suppress(Exception):
                reply = await self.store.beat(self.fleet.next_presence(), keep=25.0)
                self.fleet.told(reply.members)
            await asyncio.sleep(0.01)

    def start(self) -> None:
        self.tasks.spawn(self.beats(), "beats")
        self.fellowship.start(self.tasks)


def _died(task: str, error: BaseException) -> None:
    raise AssertionError(task) from error


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second is ten milliseconds."""
    for module in (watching, alerting, counting):
        monkeypatch.setattr(module, "EVERY", 0.01)
    monkeypatch.setattr(leading, "ASK_EVERY", 0.01)
    monkeypatch.setattr(fellowship, "SETTLE_EVERY", 0.01)


@pytest.fixture
async def three(redis: Redis) -> AsyncIterator[list[Replica]]:
    prefix = secrets.token_hex(4)
    replicas = [Replica(store_in(redis, prefix), name) for name in ("a", "b", "c")]
    for each in replicas:
        each.start()
    yield replicas
    for each in replicas:
        await each.tasks.close()
        await each.fellowship.close()
        await each.store.close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - what others see is no event
            await asyncio.sleep(0.01)


def leaders(replicas: Sequence[Replica]) -> list[Replica]:
    return [each for each in replicas if each.fellowship.leads()]


async def test_replicas_see_each_other_and_one_leads(three: list[Replica]) -> None:
    await until(lambda: all(len(each.fellowship.others()) == 2 for each in three))
    await until(lambda: all(each.fellowship.leader is not None for each in three))
    assert len(leaders(three)) == 1
    assert len({each.fellowship.leader for each in three}) == 1
    assert three[0].fellowship.heard_and_silent() == {"heard": 3, "silent": 0}
    assert three[0].fellowship.presence().replica == "a"


async def test_whoever_stops_is_followed_by_another_with_a_higher_fence(
    three: list[Replica],
) -> None:
    await until(lambda: len(leaders(three)) == 1)
    (first,) = leaders(three)
    fence = first.fellowship.leading.fence
    await first.tasks.close()
    await first.fellowship.close()
    others = [each for each in three if each is not first]
    await until(lambda: len(leaders(others)) == 1)
    assert leaders(others)[0].fellowship.leading.fence == fence + 1


async def test_differing_configs_hold_raises_everywhere_and_are_alerted_once(
    three: list[Replica],
) -> None:
    await until(lambda: all(len(each.fellowship.others()) == 2 for each in three))
    assert [each.fellowship.obstacles() for each in three] == [()] * 3
    three[1].config = "def"
    await until(lambda: all(each.fellowship.obstacles() for each in three))
    for each in three:
        assert [obstacle.name for obstacle in each.fellowship.obstacles()] == ["replicas"]
    await until(lambda: any(alert.name == "configs_differ" for alert in posted(three)))
    await asyncio.sleep(0.1)
    alerts = [alert for alert in posted(three) if alert.name == "configs_differ"]
    assert [alert.fence for alert in alerts] == [leaders(three)[0].fellowship.leading.fence]
    events = (await three[0].store.events()).events
    assert [event.command for event in events].count("configs_differ") == 1
    assert any("their configs differ" in each for each in three[0].fellowship.warnings())


def posted(replicas: Sequence[Replica]) -> list[Alert]:
    return [alert for each in replicas for alert in each.posted]


async def test_a_leader_that_was_stopped_and_wakes_up_posts_nothing(
    three: list[Replica],
) -> None:
    await until(lambda: all(len(each.fellowship.others()) == 2 for each in three))
    await until(lambda: len(leaders(three)) == 1)
    (stopped,) = leaders(three)
    await stopped.tasks.close()  # all of it stands still; it has not given up the lead
    lock = await three[0].store.lead("d-1", stopped.fellowship.leading.fence + 1, 10.0)
    assert lock.lock.holder == "d-1"
    assert stopped.fellowship.leads()  # for all it knows, when it goes on
    stopped.config = "def"
    stopped.fellowship.watching.look()
    assert stopped.fellowship.obstacles() != ()
    before = len(stopped.posted)
    alarm = alerting.Alerting(
        stopped.store,
        stopped.fellowship.leading,
        stopped.fellowship.watching,
        stopped.posted.append,
        lambda: NOON,
    )
    await alarm.look()
    assert len(stopped.posted) == before


async def test_what_they_count_adds_up(three: list[Replica]) -> None:
    await until(lambda: all(each.fellowship.replicas_counted == 3 for each in three))
    three[1].gists["support"] = (7,) * GIST_LENGTH
    three[2].gists["support"] = (5,) * GIST_LENGTH
    await until(lambda: three[0].fellowship.added().get("support") == (12,) * GIST_LENGTH)
    assert three[0].fellowship.answers(ROLLING).ai == 12
    await until(lambda: three[1].fellowship.answers(ROLLING).ai == 5)


async def test_a_share_that_was_set_elsewhere_takes_effect_once_all_workers_serve_by_it(
    three: list[Replica],
) -> None:
    replica = three[0]
    further = replace(ROLLING, share=BasisPoints(5000), revision=4, phase=3)
    replica.seats = [WorkerState("worker-1", 41, "ready", (0,), {"support": (0, 3)})]
    replica.router.served.put(further)
    assert replica.router.served.effect.is_awaited("support")
    replica.seats = [replace(replica.seats[0], stands={"support": (0, 4)})]
    await until(lambda: not replica.router.served.effect.is_awaited("support"))


async def test_whoever_is_cut_off_says_so(three: list[Replica]) -> None:
    cut_off = three[0]
    assert cut_off.fellowship.warnings() == ()
    cut_off.trouble = "it does not answer"
    cut_off.fleet.lease_until = CLOCKS.boottime()
    away, leaseless = cut_off.fellowship.warnings()
    assert away.endswith("are not: it does not answer")
    assert leaseless.startswith("this router has no lease: legacy answers")


async def test_a_router_that_shares_nothing_is_its_own_company() -> None:
    fleet = Fleet(
        Identity("r1", "i1"), lambda: About(2, "c", {}), lambda: 25.0, lambda: 0.0, is_shared=False
    )
    alone = Fellowship(
        Means(
            fleet=fleet,
            store=MemoryStore(),
            served=router_of(HeardWorkers(), ROLLING).served,
            clocks=CLOCKS,
            lease=LEASE,
            gists=dict,
            workers=list,
            post=lambda _: None,
        )
    )
    tasks = TaskOwner(_died)
    alone.start(tasks)
    await asyncio.sleep(0)
    assert (alone.leads(), alone.leader, alone.replicas_counted) == (True, "i1", 1)
    assert (alone.others(), alone.warnings(), alone.obstacles()) == ((), (), ())
    await tasks.close()
    await alone.close()
