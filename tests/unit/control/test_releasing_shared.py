import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from router.control import obeying
from router.control.acceptors import Acceptors
from router.control.broadcast import Broadcast
from router.control.fleet.address_book import AddressBook
from router.control.fleet.messages import Call, Words, hear, say
from router.control.fleet.peers import Peering
from router.control.releasing import Releasing
from router.control.telemetry import Totals
from router.release.state import Status
from router.replica.membership import Membership, Presence
from router.tasks import TaskOwner
from tests.support.ledgers import Machine
from tests.support.meeting import Place, SharedStore, sharing
from tests.support.peers import SOON, replica, rolled_back
from tests.support.plans import planned

HERE = "http://127.0.0.1:9902"
LEASE = 0.1
R1 = replica("r1", HERE)
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
        planned(folder, []),
        ledger=lambda: machine.ledger,
        peering=Peering(advertise=HERE),
        lease=LEASE,
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
    AddressBook(tmp_path, "r1-1", yes).keep(Membership().told([R2], 1.0))
    machine = sharing(Place())
    machine.break_store()
    releasing = releasing_in(tmp_path, machine, tasks)
    releasing.start({})
    assert releasing.fleet.members()[1:] == (R2,)


async def test_others_are_told_where_a_replica_is_found(tmp_path: Path, tasks: TaskOwner) -> None:
    releasing = releasing_in(tmp_path, sharing(Place()), tasks)
    assert releasing.fleet.presence().advertise == HERE


async def test_nobody_waits_for_who_we_were_once_its_workers_have_no_lease(
    tmp_path: Path, tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    AddressBook(tmp_path, R1.instance, yes).keep(Membership().told([R1, R2], 1.0))
    machine = sharing(Place())
    machine.break_store()
    releasing = releasing_in(tmp_path, machine, tasks)
    met = asyncio.Queue[Presence]()
    monkeypatch.setattr(releasing.fleet, "met", met.put_nowait)
    releasing.start({})
    assert releasing.fleet.members()[1:] == (R1, R2)
    assert await asyncio.wait_for(met.get(), SOON) == replace(R1, has_left=True)


async def test_nobody_waits_for_who_we_were_if_we_were_stopped_in_order(
    tmp_path: Path, tasks: TaskOwner
) -> None:
    releasing = releasing_in(tmp_path, sharing(Place()), tasks)
    releasing.start({})
    await releasing.begin()
    releasing.fleet.met(R2)
    await tasks.close()
    await releasing.close()
    book = AddressBook(tmp_path, "r1-2", yes)
    (other,) = book.found(1.0).members(LEASE, 1.0)
    assert other.instance == R2.instance
    assert book.predecessor is not None
    assert book.predecessor.has_left


async def test_whoever_was_never_heard_leaves_the_addresses_as_they_are(
    tmp_path: Path, tasks: TaskOwner
) -> None:
    AddressBook(tmp_path, R1.instance, yes).keep(Membership().told([R1, R2], 1.0))
    before = (tmp_path / "members").read_bytes()
    releasing = releasing_in(tmp_path, sharing(Place()), tasks)
    await releasing.close()
    assert (tmp_path / "members").read_bytes() == before


async def test_a_rollback_that_others_tell_of_is_obeyed(
    tmp_path: Path, tasks: TaskOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obeying, "ANSWER_WITHIN", 0.1)
    place = Place()
    releasing = releasing_in(tmp_path, sharing(place), tasks)
    releasing.start({})
    await releasing.begin()
    queue = asyncio.Queue[bytes]()
    place.waiting.append(queue)
    other = SharedStore(place)
    await other.call_out(say(Call("call-1", R2, (rolled_back(),))))
    async with asyncio.timeout(SOON):
        while not isinstance(said := hear(await queue.get()), Words):
            pass
    assert [word.service for word in said.words] == ["support"]
    assert releasing.conductor.release("support").status is Status.ROLLED_BACK
