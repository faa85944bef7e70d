import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from router.control import custody, following
from router.control.broadcast import Stands
from router.control.custody import Custody
from router.control.following import Following
from router.control.reach import Reach
from router.control.served import UNREAD
from router.errors import StoreUnavailableError
from router.model import BasisPoints
from router.release.state import Held, HeldFor, Release, Standing, Status
from router.store.memory import MemoryStore
from router.store.port import Note
from tests.support.background import Told, events
from tests.support.ledgers import Machine
from tests.support.releases import SOMEBODY, HeardWorkers, Router, planned, router_of, to
from tests.support.stored import entry_of

SOON = 5.0
ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)
BACK = Release("support", Status.ROLLED_BACK, epoch=1, revision=4, phase=3)
AWAY = StoreUnavailableError("store: another program has it")


@dataclass
class Start:
    """A router that starts, and what it says."""

    router: Router
    custody: Custody
    told: list[Told]
    running: asyncio.Task[None] | None = None

    def begins(self, seen: Stands | None = None) -> None:
        self.running = asyncio.ensure_future(self.custody.run(seen or {}))

    async def is_known(self, seen: Stands | None = None) -> Release:
        """Start, and return how the service stands once that is known."""
        self.begins(seen)
        await self.custody.known(SOON)
        self.router.served.begin()
        return self.router.served.release("support")

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(1000):
            if holds():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(self.names())

    def names(self) -> list[str]:
        return [name for name, _ in self.told]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "RETRY_EVERY", 0.01)
    monkeypatch.setattr(following, "RETRY_EVERY", 0.01)


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


@contextlib.asynccontextmanager
async def starting(told: list[Told], *releases: Release, machine: Machine) -> AsyncIterator[Start]:
    known = releases or (Release("support"),)
    router = router_of(
        HeardWorkers(), *releases, plans=planned(*(each.service for each in known)), machine=machine
    )
    keeping = router.conductor.keeping
    follower = Following(machine.store, keeping, Reach())
    it = Custody(router.served, keeping, machine.ledger, router.clocks, follower)
    start = Start(router, it, told)
    yield start
    if start.running is not None:
        start.running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await start.running


async def test_a_router_comes_back_as_it_was(told: list[Told]) -> None:
    async with starting(told, ROLLING, machine=Machine()) as start:
        assert await start.is_known() == ROLLING
        assert start.router.workers.shares() == [2000]
        assert start.custody.is_up is True
        assert told == []


async def test_a_service_that_the_store_does_not_know_begins_at_0(told: list[Told]) -> None:
    async with starting(told, machine=Machine()) as start:
        release = await start.is_known()
        assert (release.status, release.by) == (Status.IDLE, "start")
        receipt = await start.router.conductor.carry_out(to(20))
        assert start.router.machine.shelf.releases["support"] == receipt.release


async def test_a_drill_that_a_restart_cut_short_comes_back_rolled_back(told: list[Told]) -> None:
    held = Held(HeldFor.DRILL, Status.ROLLING, BasisPoints(2000), None)
    drilled = replace(BACK, held=held)
    async with starting(told, drilled, machine=Machine()) as start:
        release = await start.is_known()
        assert (release.status, release.standing) == (Status.ROLLED_BACK, Standing.DRILLED)
        assert start.router.workers.heard[-1].services[0].rolled_back is True


async def test_ai_is_held_at_0_until_the_store_can_be_read(told: list[Told]) -> None:
    machine = Machine()
    machine.store.error = AWAY
    async with starting(told, ROLLING, machine=machine) as start:
        start.begins()
        start.router.served.begin()
        await start.until(lambda: "ai_held" in start.names())
        assert start.router.workers.shares()[-1] == 0
        with pytest.raises(StoreUnavailableError, match="another program has it"):
            await start.router.conductor.carry_out(to(30))
        machine.store.error = None
        await start.custody.known(SOON)
        assert start.router.served.release("support") == ROLLING
        assert start.router.workers.shares()[-1] == 2000
        assert start.names().count("ai_held") == 1
        assert start.names()[-1] == "ai_let_go"


async def test_what_is_rolled_back_while_the_store_is_away_stays_so(told: list[Told]) -> None:
    machine = Machine()
    machine.store.error = AWAY
    async with starting(told, ROLLING, machine=machine) as start:
        start.begins()
        start.router.served.begin()
        await start.until(lambda: "ai_held" in start.names())
        (report,) = await start.router.conductor.roll_back(["support"], SOMEBODY, "")
        assert report.durable == "journal"
        machine.store.error = None
        await start.custody.known(SOON)
        assert start.router.served.release("support").status is Status.ROLLED_BACK
        await start.until(lambda: not machine.ledger.owed)
        assert machine.shelf.releases["support"].status is Status.ROLLED_BACK


async def test_it_stays_so_though_the_clock_has_stepped_back_since_the_store_was_written(
    told: list[Told],
) -> None:
    machine = Machine()
    machine.store.error = AWAY
    ahead = replace(ROLLING, epoch=1 << 40)
    async with starting(told, ahead, machine=machine) as start:
        start.begins()
        await start.until(lambda: start.router.served.hold != UNREAD)
        await start.router.conductor.roll_back(["support"], SOMEBODY, "")
        machine.store.error = None
        await start.custody.known(SOON)
        start.router.served.begin()
        assert start.router.served.release("support").status is Status.ROLLED_BACK
        assert start.router.served.release("support").epoch > ahead.epoch
        await start.until(lambda: start.router.conductor.keeping.is_in_store("support"))
        assert start.router.machine.shelf.releases["support"].status is Status.ROLLED_BACK


async def test_ai_is_held_at_0_while_no_rollback_could_be_remembered(told: list[Told]) -> None:
    machine = Machine()
    machine.disk.refuses = True
    async with starting(told, ROLLING, machine=machine) as start:
        start.begins()
        start.router.served.begin()
        await start.until(lambda: "ai_held" in start.names())
        release = start.router.served.release("support")
        assert (release.share, release.revision, release.is_barred) == (0, 3, True)
        machine.disk.refuses = False
        await start.custody.known(SOON)
        assert start.router.served.release("support") == ROLLING


async def test_where_something_may_be_missing_everything_stands_still_at_0(
    told: list[Told],
) -> None:
    machine = Machine()
    machine.store.noted.append(Note("the store was damaged and moved aside", is_loss=True))
    async with starting(told, ROLLING, replace(BACK, service="orders"), machine=machine) as start:
        release = await start.is_known()
        assert (release.standing, release.revision) == (Standing.LOST, 4)
        assert start.router.served.release("orders").standing is Standing.ROLLED_BACK
        await start.until(lambda: machine.shelf.releases["support"] == release)
        assert start.names() == ["state_lost"]


async def test_a_rollback_that_only_workers_know_is_not_undone(told: list[Told]) -> None:
    async with starting(told, ROLLING, machine=Machine()) as start:
        release = await start.is_known({"support": (1, 4)})
        assert (release.status, release.epoch, release.revision) == (Status.ROLLED_BACK, 2, 5)
        await start.until(lambda: start.router.machine.shelf.releases["support"] == release)


async def test_a_change_that_only_workers_know_is_lost_state(told: list[Told]) -> None:
    async with starting(told, ROLLING, machine=Machine()) as start:
        release = await start.is_known({"support": (0, 9)})
        assert (release.standing, release.revision, release.share) == (Standing.LOST, 10, 0)
        assert release.held is not None
        assert release.held.share == 2000


async def test_what_is_worth_knowing_and_no_loss_is_said(told: list[Told]) -> None:
    machine = Machine()
    machine.store.noted.append(Note("the disk takes nothing", is_loss=False))
    async with starting(told, ROLLING, machine=machine) as start:
        assert await start.is_known() == ROLLING
        assert start.names() == ["store_noted"]


async def test_a_rollback_that_somebody_else_writes_is_served_at_once(told: list[Told]) -> None:
    machine = Machine()
    async with starting(told, ROLLING, machine=machine) as start:
        await start.is_known()
        await machine.store.put_newer(BACK, entry=entry_of(BACK))
        await start.until(lambda: start.router.served.release("support") == BACK)
        assert start.names() == ["release_followed"]


async def test_what_the_store_has_forgotten_stands_still_at_0(told: list[Told]) -> None:
    machine = Machine()
    async with starting(told, ROLLING, replace(BACK, service="orders"), machine=machine) as start:
        await start.is_known()
        machine.shelf.releases["support"] = replace(ROLLING, revision=1)
        machine.shelf.version += 1
        await MemoryPoke(machine).wake("orders")
        await start.until(lambda: start.router.served.release("support").is_barred)
        release = start.router.served.release("support")
        assert (release.standing, release.revision) == (Standing.LOST, 4)
        await start.until(lambda: machine.shelf.releases["support"] == release)
        assert start.names().count("state_lost") == 1


async def test_what_the_journal_alone_has_is_brought_to_the_store(told: list[Told]) -> None:
    machine = Machine()
    async with starting(told, ROLLING, machine=machine) as start:
        await start.is_known()
        machine.break_store()
        await start.router.conductor.roll_back(["support"], SOMEBODY, "")
        assert start.custody.is_up is False
        machine.store.error = None
        await start.until(lambda: machine.shelf.releases["support"].epoch == 1)
        await start.until(lambda: start.custody.is_up)


async def test_a_store_that_cannot_be_read_any_more_is_told_once_and_found_again(
    told: list[Told],
) -> None:
    machine = Machine()
    async with starting(told, ROLLING, machine=machine) as start:
        await start.is_known()
        machine.store.error = AWAY
        await MemoryPoke(machine).wake()
        await start.until(lambda: "store_lost" in start.names())
        assert start.custody.is_up is False
        machine.store.error = None
        await start.until(lambda: "store_found" in start.names())
        assert start.names()[:2] == ["store_lost", "store_found"]


async def test_a_store_that_took_nothing_is_tried_until_it_does(told: list[Told]) -> None:
    machine = Machine()
    async with starting(told, ROLLING, machine=machine) as start:
        await start.is_known()
        machine.ledger.is_refused = True
        await start.until(lambda: start.custody.is_up)
        assert [link.text.count(b"store_back") for link in machine.shelf.links] == [1]


class MemoryPoke:
    """Somebody else who writes into the store."""

    def __init__(self, machine: Machine) -> None:
        self._store = MemoryStore(machine.shelf)

    async def wake(self, service: str = "support") -> None:
        later = replace(ROLLING, service=service, epoch=5)
        await self._store.put_newer(later, entry=entry_of(later))
