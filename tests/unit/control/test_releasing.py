from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from router.control import releasing
from router.control.acceptors import Acceptors
from router.control.broadcast import Broadcast
from router.control.orders import Order
from router.control.releasing import Releasing
from router.control.telemetry import Totals
from router.errors import ReleaseRefusedError, StoreTooNewError, StoreUnavailableError
from router.model import BasisPoints
from router.release.commands import LoseState, Resume
from router.release.state import Release, Status
from router.release.transitions import Decision, decide
from router.tasks import TaskOwner
from router.wire.messages import ToWorker
from tests.support.ledgers import Machine
from tests.support.meeting import Place, sharing
from tests.support.plans import planned
from tests.support.releases import PLAN, SOMEBODY

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)


@dataclass
class Line:
    """A worker of a predecessor's, who is there before anything is known."""

    heard: list[ToWorker] = field(default_factory=list[ToWorker])

    def send(self, message: ToWorker) -> None:
        self.heard.append(message)

    def names(self) -> list[str]:
        return [type(message).__name__ for message in self.heard]


@pytest.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    owner = TaskOwner(lambda *_: None)
    yield owner
    await owner.close()


@pytest.fixture
def broadcast() -> Broadcast:
    return Broadcast(["a"], Acceptors([0]))


Made = Callable[[Machine], Releasing]


@pytest.fixture
def made(tmp_path: Path, tasks: TaskOwner, broadcast: Broadcast) -> Made:
    def make(machine: Machine) -> Releasing:
        return Releasing(
            replace(planned(tmp_path, []), ledger=lambda: machine.ledger),
            broadcast,
            Totals,
            tasks,
            replace=lambda _: True,
            obstacles=lambda _: (),
            config_hash=lambda: "abc",
            is_ours=lambda: True,
        )

    return make


async def test_it_begins_with_what_is_remembered_and_keeps_what_is_owed(
    made: Made, tasks: TaskOwner
) -> None:
    machine = Machine()
    machine.shelf.releases["support"] = ROLLING
    it = made(machine)
    it.start({})
    await it.begin(above=4)
    assert it.conductor.release("support") == ROLLING
    assert it.conductor.latest.version == 5
    await tasks.close()
    await it.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await machine.store.load()


async def test_a_replica_begins_when_it_may_ask_ai_and_nobody_may_by_an_older_table(
    made: Made, broadcast: Broadcast
) -> None:
    place = Place()
    place.shelf.releases["support"] = ROLLING
    it, line = made(sharing(place)), Line()
    broadcast.join("orphan-7", line, 7)
    it.start({})
    await it.begin()
    assert it.fleet.lease_until > 0
    assert line.names() == ["Apply", "Lease"]


@pytest.mark.parametrize("is_read", [True, False])
async def test_a_replica_that_may_not_ask_ai_begins_all_the_same(
    made: Made, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch, *, is_read: bool
) -> None:
    monkeypatch.setattr(releasing, "LEASED_WITHIN", 0.05)
    machine, line = sharing(Place()), Line()
    if not is_read:
        machine.store.error = StoreTooNewError("a stored release", 2, 1)
        monkeypatch.setattr(releasing, "KNOWN_WITHIN", 0.05)
    it = made(machine)
    broadcast.join("orphan-7", line, 7)
    it.start({})
    await it.begin()
    assert line.names() == ["Apply"]
    assert (it.conductor.served.hold is None) is is_read


def lost() -> Release:
    """What is left of a release whose store has forgotten it."""
    decision = decide(ROLLING, LoseState(by="router", at=0.0), PLAN)
    assert isinstance(decision, Decision)
    return decision.after


async def confirmed(it: Releasing, machine: Machine) -> Release:
    """Begin with what is lost, and resume it at once."""
    machine.shelf.releases["support"] = lost()
    it.start({})
    await it.begin()
    command = Resume(by="somebody", at=0.0, epoch=0, confirm_lost_state=True)
    receipt = await it.conductor.carry_out(Order("support", command, SOMEBODY))
    return receipt.release


async def test_a_lost_state_waits_for_what_other_routers_may_know(made: Made) -> None:
    machine = sharing(Place())
    with pytest.raises(ReleaseRefusedError, match=r"others may know more: ask again in \d+ s"):
        await confirmed(made(machine), machine)


async def test_a_lost_state_of_a_router_alone_waits_for_nobody(made: Made) -> None:
    machine = Machine()
    assert (await confirmed(made(machine), machine)).share == ROLLING.share
