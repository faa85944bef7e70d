from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from router.control.acceptors import Acceptors
from router.control.broadcast import Broadcast
from router.control.fleet.address_book import AddressBook
from router.control.fleet.peers import Peering
from router.control.releasing import Releasing
from router.control.telemetry import Totals
from router.replica.membership import Membership
from router.tasks import TaskOwner
from tests.support.ledgers import Machine
from tests.support.meeting import Place, sharing
from tests.support.peers import replica
from tests.support.plans import planned

HERE = "http://127.0.0.1:9902"
R2 = replica("r2", "http://r2:9902")


def yes() -> bool:
    return True


@pytest.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    tasks = TaskOwner(lambda *_: None)
    yield tasks
    await tasks.close()


def releasing_in(folder: Path, machine: Machine, tasks: TaskOwner) -> Releasing:
    plan = replace(
        planned(folder, []), ledger=lambda: machine.ledger, peering=Peering(advertise=HERE)
    )
    return Releasing(
        plan,
        Broadcast(["a"], Acceptors([0])),
        Totals,
        tasks,
        replace=lambda _: True,
        obstacles=lambda _: (),
        config_hash=lambda: "abc",
        is_ours=yes,
    )


async def test_a_replica_that_starts_while_the_store_is_away_knows_the_others(
    tmp_path: Path, tasks: TaskOwner
) -> None:
    AddressBook(tmp_path, yes).keep(Membership().told([R2], 1.0))
    machine = sharing(Place())
    machine.break_store()
    releasing = releasing_in(tmp_path, machine, tasks)
    releasing.start({})
    assert releasing.fleet.members()[1:] == (R2,)


async def test_others_are_told_where_a_replica_is_found(tmp_path: Path, tasks: TaskOwner) -> None:
    releasing = releasing_in(tmp_path, sharing(Place()), tasks)
    assert releasing.fleet.presence().advertise == HERE
