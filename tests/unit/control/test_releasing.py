from dataclasses import replace
from pathlib import Path

import pytest

from router.control.acceptors import Acceptors
from router.control.broadcast import Broadcast
from router.control.releasing import Releasing
from router.control.telemetry import Totals
from router.errors import StoreUnavailableError
from router.model import BasisPoints
from router.release.state import Release, Status
from router.tasks import TaskOwner
from tests.support.ledgers import Machine
from tests.support.plans import planned

ROLLING = Release("support", Status.ROLLING, BasisPoints(2000), revision=3, phase=2)


async def test_it_begins_with_what_is_remembered_and_keeps_what_is_owed(tmp_path: Path) -> None:
    machine = Machine()
    machine.shelf.releases["support"] = ROLLING
    tasks = TaskOwner(lambda *_: None)
    broadcast = Broadcast(["a"], Acceptors([0]))
    plan = replace(planned(tmp_path, []), ledger=lambda: machine.ledger)
    releasing = Releasing(
        plan,
        broadcast,
        Totals,
        tasks,
        replace=lambda _: True,
        obstacles=lambda _: (),
        config_hash=lambda: "abc",
        is_ours=lambda: True,
    )
    releasing.start({})
    await releasing.begin(above=4)
    assert releasing.conductor.release("support") == ROLLING
    assert releasing.conductor.latest.version == 5
    await tasks.close()
    await releasing.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await machine.store.load()
