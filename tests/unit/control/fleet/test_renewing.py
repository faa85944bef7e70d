import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from router.control.fleet import renewing
from router.control.fleet.fleet import Fleet
from router.control.fleet.renewing import Renewing, Shared
from router.control.reach import Reach
from router.errors import StoreDamagedError, StoreError, StoreTooNewError, StoreUnavailableError
from router.model import BasisPoints
from router.release.state import Called, Release, Standing, Status
from router.store.memory import Shelf
from router.store.port import Passed
from router.tasks import TaskOwner
from tests.support.background import Told, events, settle
from tests.support.meeting import Place, SharedStore, sharing
from tests.support.releases import HeardWorkers, Router, fleet_of, planned, router_of
from tests.support.stored import entry_of

LEASE = 15.0
FRESH = Release("support")
ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)
FURTHER = replace(ROLLING, share=BasisPoints(5000), revision=4, phase=3)
BACK = Release(
    "support", Status.ROLLED_BACK, epoch=1, revision=5, phase=3, rollbacks=(Called(1, "aa"),)
)


@dataclass
class Hour:
    """Time that goes on when it is told to, and a little with each look."""

    now: float = 1000.0
    step: float = 0.001

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@dataclass
class Replica:
    """A replica that renews once each time it is told to."""

    place: Place
    router: Router
    fleet: Fleet
    store: SharedStore
    it: Renewing
    hour: Hour
    extended: list[float] = field(default_factory=list[float])
    told: list[Told] = field(default_factory=list[Told])

    @property
    def served(self) -> Release:
        return self.router.served.release("support")

    async def renews(self, times: int = 1) -> None:
        for _ in range(times):
            await self.it._renew(self.hour())

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(1000):
            if holds():
                return
            await asyncio.sleep(0.002)
        raise AssertionError(self.served, self.place.shelf.releases, self.told)

    async def elsewhere(self, release: Release) -> None:
        """Another replica has this kept."""
        other = SharedStore(self.place)
        await other.put_newer(release, entry=entry_of(release))

    def names(self) -> list[str]:
        return [name for name, _ in self.told]

    @property
    def may_ask_ai(self) -> bool:
        return self.hour.now < self.fleet.lease_until


@pytest.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    def died(name: str, error: BaseException) -> None:
        raise AssertionError(name) from error

    owner = TaskOwner(died)
    yield owner
    await owner.close()


@contextlib.contextmanager
def replica(place: Place, tasks: TaskOwner, served: Release = ROLLING) -> Iterator[Replica]:
    """One that serves by this; what the store has is as it is."""
    hour, machine = Hour(), sharing(place)
    store = machine.store
    assert isinstance(store, SharedStore)
    fleet = fleet_of(hour, is_shared=True)
    plans = planned("support")
    router = router_of(HeardWorkers(), plans=plans, boottime=hour, machine=machine, fleet=fleet)
    router.served.restore({"support": served}, is_read=True, hold=None)
    router.served.begin(above=-1)
    extended: list[float] = []
    it = Renewing(
        Shared(store, store),
        fleet,
        router.served,
        router.conductor.keeping,
        Reach(),
        lease=LEASE,
        extend=extended.append,
        applied=at_once,
        clocks=router.clocks,
        tasks=tasks,
    )
    it.reach.begun()
    with events() as told:
        yield Replica(place, router, fleet, store, it, hour, extended, told)


async def at_once(_: Release) -> None:
    """All workers serve by whatever they are told."""


def having(*releases: Release) -> Place:
    shelf = Shelf(releases={release.service: release for release in releases})
    return Place(shelf)


async def test_ai_may_be_asked_after_three_renewals_in_a_row(tasks: TaskOwner) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(2)
        assert (it.extended, it.may_ask_ai) == ([], False)
        await it.renews()
        assert it.may_ask_ai
        assert it.extended == [it.fleet.lease_until]
        await it.renews()
        assert len(it.extended) == 2
        assert it.names() == ["lease_held"]


async def test_the_lease_counts_from_the_sending(tasks: TaskOwner) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(2)
        sent = it.hour()
        await it.it._renew(sent)
        assert it.fleet.lease_until == sent + LEASE


async def test_what_somebody_else_has_decided_is_served_before_the_lease_is_told(
    tasks: TaskOwner,
) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        await it.elsewhere(BACK)
        await it.renews()
        assert it.served == BACK
        assert it.router.workers.shares() == [2000, 0]
        assert "release_followed" in it.names()
        assert it.may_ask_ai  # of its other services


async def test_a_store_that_does_not_answer_renews_nothing(tasks: TaskOwner) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        until = it.fleet.lease_until
        it.store.error = StoreUnavailableError("store: refused")
        await it.renews()
        assert (it.fleet.lease_until, it.may_ask_ai) == (until, True)
        it.hour.now = until
        await it.renews()
        assert it.names() == ["lease_held", "store_lost", "lease_lost"]
        it.store.error = None
        await it.renews(2)
        assert it.names()[3:] == ["store_found"]
        await it.renews()
        assert it.may_ask_ai
        assert it.names()[3:] == ["store_found", "lease_held"]


async def test_a_rollback_that_the_store_lacks_is_brought_to_it(tasks: TaskOwner) -> None:
    with replica(having(ROLLING), tasks, BACK) as it:
        await it.renews()
        await it.until(lambda: it.place.shelf.releases["support"] == BACK)
        assert not it.extended
        await it.renews(3)
        assert it.may_ask_ai


async def test_a_share_that_a_failover_has_lost_is_brought_to_it(tasks: TaskOwner) -> None:
    with replica(having(FURTHER), tasks, FURTHER) as it:
        await it.renews(3)
        it.place.forget(support=ROLLING)
        await it.renews()
        assert it.served == FURTHER
        await it.until(lambda: it.place.shelf.releases["support"] == FURTHER)
        await it.renews()
        assert it.fleet.lease_until > it.hour.now


async def test_a_store_that_refuses_what_it_is_brought_is_asked_in_its_own_time(
    tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = asyncio.Event()

    async def refuse(*_: object, **__: object) -> Passed:
        refused.set()
        return Passed(ROLLING)

    with replica(having(FURTHER), tasks, FURTHER) as it:
        await it.renews(3)
        it.place.forget(support=ROLLING)
        monkeypatch.setattr(it.store, "compare_and_set", refuse)
        await it.renews()
        await asyncio.wait_for(refused.wait(), 5)
        await it.until(lambda: not it.it._bringing)
        assert not it.fleet._nudged.is_set()


async def test_a_store_of_an_earlier_epoch_has_lost_its_state(tasks: TaskOwner) -> None:
    later = replace(ROLLING, epoch=1, revision=9, rollbacks=BACK.rollbacks)
    with replica(having(later), tasks, later) as it:
        await it.renews(3)
        it.place.forget(support=ROLLING)
        await it.renews()
        assert (it.served.standing, it.served.reason) == (Standing.LOST, "store_lost_state")
        assert not it.may_ask_ai
        await it.until(lambda: it.place.shelf.releases["support"] == it.served)
        await it.renews(3)
        assert (it.served.standing, it.may_ask_ai) == (Standing.LOST, True)


async def test_an_emptied_store_ends_the_lease_and_is_waited_for_one_lease(
    tasks: TaskOwner,
) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        it.place.forget()
        await it.renews()
        assert (it.may_ask_ai, it.served) == (False, ROLLING)
        it.hour.now += LEASE
        await it.renews()
        assert it.served.standing is Standing.LOST
        await it.until(lambda: it.place.shelf.releases.get("support") == it.served)


async def test_a_store_that_is_restored_in_time_has_lost_nothing(tasks: TaskOwner) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        it.place.shelf.releases.clear()
        await it.renews()
        it.place.shelf.releases["support"] = ROLLING
        await it.renews(3)
        assert (it.served, it.may_ask_ai) == (ROLLING, True)


async def test_an_answer_to_what_was_asked_before_says_nothing_of_a_loss(
    tasks: TaskOwner,
) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        it.store.may_answer.clear()
        asking = asyncio.ensure_future(it.renews())
        await asyncio.sleep(0)
        it.router.served.put(FURTHER)
        it.store.may_answer.set()
        await asking
        assert it.served == FURTHER


async def test_two_that_were_decided_apart_become_one(tasks: TaskOwner) -> None:
    more = replace(ROLLING, share=BasisPoints(9000))
    with replica(having(more), tasks) as it:
        await it.renews()
        assert (it.served.share, it.served.revision) == (2000, 4)
        await it.until(lambda: it.place.shelf.releases["support"] == it.served)


async def test_a_new_service_is_written_into_an_empty_store(tasks: TaskOwner) -> None:
    with replica(Place(), tasks, FRESH) as it:
        await it.renews()
        await it.until(lambda: "support" in it.place.shelf.releases)
        await it.renews(3)
        assert it.may_ask_ai
        assert await it.it.birth(1.0) == "birth 1"


async def test_a_change_waits_until_the_store_has_confirmed_what_it_is_based_on(
    tasks: TaskOwner,
) -> None:
    with replica(having(ROLLING), tasks) as it:
        with pytest.raises(StoreUnavailableError, match="not confirmed"):
            await it.it.birth(0.001)
        await it.renews()
        assert await it.it.birth(0.001) == "birth 0"


async def test_a_change_right_after_a_rollback_that_was_heard_of_waits_for_the_stores_new_birth(
    tasks: TaskOwner,
) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews()
        await it.elsewhere(BACK)
        it.router.served.put(BACK)
        asking = asyncio.ensure_future(it.it.birth(5.0))
        await settle()
        assert not asking.done()
        await it.renews()
        assert await asking == "birth 1"


async def test_it_renews_at_once_when_the_store_has_changed_and_leaves_in_the_end(
    tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "RETURN_EVERY", 0.001)
    with replica(having(ROLLING), tasks) as it:
        it.hour.step = 0.3
        running = tasks.spawn(it.it.run(), "renewing")
        await it.until(lambda: it.may_ask_ai)
        await it.elsewhere(BACK)
        await it.until(lambda: it.served == BACK)
        running.cancel()
        await it.it.leave()
        assert it.place.presences["i1"].has_left


async def test_a_service_that_no_config_has_now_is_followed_all_the_same(
    tasks: TaskOwner,
) -> None:
    other = replace(BACK, service="orders")
    with replica(having(ROLLING, other), tasks) as it:
        await it.renews(3)
        assert it.may_ask_ai
        assert [release.service for release in it.router.served.releases] == ["support"]


# What cannot be read...

TOO_NEW = StoreTooNewError("a stored release", 2, 1)


async def test_what_a_newer_version_has_written_renews_nothing_and_is_said_once(
    tasks: TaskOwner,
) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        until = it.fleet.lease_until
        it.store.error = TOO_NEW
        await it.renews(2)
        assert (it.fleet.lease_until, it.may_ask_ai, it.served) == (until, True, ROLLING)
        assert it.names() == ["lease_held", "store_lost", "store_too_new"]
        it.hour.now = until
        await it.renews()
        assert it.names()[3:] == ["lease_lost"]
        it.store.error = None
        await it.renews(3)
        assert it.names()[4:] == ["store_found", "lease_held"]
        it.store.error = TOO_NEW
        await it.renews()
        assert it.names()[-2:] == ["store_lost", "store_too_new"]


@pytest.mark.parametrize("error", [TOO_NEW, StoreDamagedError("not what a router wrote")])
async def test_nothing_is_held_on_to_where_the_answer_cannot_be_read(
    tasks: TaskOwner, error: StoreError
) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        it.store.error = error
        await it.renews()
        until = it.fleet.lease_until
        assert it.extended[-1] == until
        it.hour.now = until
        await it.renews(2)
        assert it.extended[-2:] == [until, 0.0]


async def test_where_no_answer_comes_workers_may_hold_on(tasks: TaskOwner) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.renews(3)
        it.hour.now = until = it.fleet.lease_until
        it.store.error = StoreUnavailableError("store: refused")
        await it.renews(2)
        assert it.extended[-1] == until


async def test_whoever_waits_for_the_lease_waits_no_longer_than_he_may(tasks: TaskOwner) -> None:
    with replica(having(ROLLING), tasks) as it:
        await it.it.held(0.001)
        assert it.names() == []
        waiting = asyncio.ensure_future(it.it.held(10.0))
        await it.renews(3)
        await waiting
        assert it.names() == ["lease_held"]
