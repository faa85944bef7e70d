import asyncio
import errno
import gc
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from router.model import Variant
from router.processes import supervised as module
from router.processes.supervised import Post, Supervised
from router.routing.snapshot import Endpoint, Match, Service, Snapshot, Split, Upstream
from router.tasks import TaskOwner
from router.wire.channel import Channel
from router.wire.control_socket import bind_control, connect_control
from router.wire.counting import make_memory
from router.wire.messages import (
    Accept,
    Accepting,
    AiSeen,
    Applied,
    Apply,
    Drain,
    Hello,
    Lease,
    Leaving,
    Locate,
    Telemetry,
)
from router.wire.roster import Entry, entry_of, write_roster
from tests.support.supervision import greeted, welcomed
from tests.support.views import service as support

SERVICE = replace(support(), epoch=1, revision=4)
SOON = 5.0
NOWHERE = Upstream((Endpoint("127.0.0.1", 9),))


@dataclass
class Plane:
    """A data plane that notes what it was told."""

    applied: list[int] = field(default_factory=list[int])
    accepting: list[list[int]] = field(default_factory=list[list[int]])
    located: list[Locate] = field(default_factory=list[Locate])
    slots: frozenset[int] = frozenset({1})
    lease_until: float = 0.0

    def extend(self, until: float) -> None:
        self.lease_until = until

    def apply(self, snapshot: Snapshot) -> None:
        self.applied.append(snapshot.version)

    async def accept(self, slots: Iterable[int]) -> list[int]:
        self.accepting.append(list(slots))
        return [slot for slot in slots if slot in self.slots]

    def locate(self, said: Locate) -> None:
        self.located.append(said)

    def telemetry(self) -> Telemetry:
        return Telemetry(is_full=True)

    def ai_seen(self) -> dict[str, AiSeen]:
        return {"support": AiSeen(float(self.applied[-1]), 2)}


@dataclass
class Stage:
    """A worker between supervisors; `leaving` is the seconds that it has got for that."""

    state_dir: Path
    plane: Plane
    supervised: Supervised
    leaving: "asyncio.Task[float]"
    logged: list[tuple[str, str]]

    def stand_on_the_roster(self) -> None:
        entry = entry_of(os.getpid())
        assert entry is not None
        write_roster(self.state_dir, [entry])

    async def left(self) -> float:
        return await asyncio.wait_for(self.leaving, SOON)


@pytest.fixture
async def stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[], Stage]]:
    # Freezing is for a process of its own; here it would keep other tests' garbage.
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(module, "RECONNECT_EVERY", 0.01)
    deaths: list[str] = []
    tasks = TaskOwner(lambda name, error: deaths.append(f"{name}: {error!r}"))
    counters = make_memory("test")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def enter() -> Stage:
            plane, logged = Plane(), list[tuple[str, str]]()
            post = Post("worker-1", tmp_path, counters, {1: [listener]})
            it = Supervised(plane, post, tasks, lambda *said: logged.append(said))
            return Stage(tmp_path, plane, it, asyncio.ensure_future(it.serve()), logged)

        yield enter
        await tasks.close()
    os.close(counters)
    assert deaths == []


Enter = Callable[[], Stage]


async def end(channel: Channel) -> None:
    channel.close()
    await channel.wait_closed()


async def test_it_introduces_itself_and_obeys(stage: Enter, tmp_path: Path) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        hello, channel = await greeted(control)
        assert hello == Hello("worker-1", os.getpid(), [1], 0)
        service = Service("support", Match(), NOWHERE, NOWHERE, Split(""), epoch=2, revision=5)
        channel.send(Apply(Snapshot(3, (service,))))
        channel.send(Accept([1]))
        nowhere = Locate("support", Variant.AI, [])
        channel.send(nowhere)
        channel.send(Lease(77.5))
        channel.send(Drain(4.0))
        seen = {"support": AiSeen(3.0, 2)}
        assert await channel.receive() == Applied(3, {"support": (2, 5)}, seen)
        assert await channel.receive() == Accepting([1])
        assert await on.left() == 4.0
        assert on.plane.lease_until == 77.5
        assert on.plane.accepting == [[1]]
        assert on.plane.located == [nowhere]
        await end(channel)


async def test_it_still_obeys_while_it_drains_and_only_then_hangs_up(
    stage: Enter, tmp_path: Path
) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        channel = await welcomed(control)
        channel.send(Drain(4.0))
        assert await on.left() == 4.0
        channel.send(Apply(Snapshot(8, ())))
        assert isinstance(applied := await channel.receive(), Applied)
        assert applied.version == 8
        on.supervised.say(Leaving())
        on.supervised.hang_up()
        assert await channel.receive() == Leaving()
        assert await channel.receive() is None
        await end(channel)


async def test_who_accepts_nowhere_any_more_says_so_whatever_it_is_told(
    stage: Enter, tmp_path: Path
) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        on.plane.slots = frozenset()
        channel = await welcomed(control)
        channel.send(Accept([1]))
        assert await channel.receive() == Accepting([])
        await end(channel)


async def test_telemetry_comes_by_itself(
    stage: Enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TELEMETRY_EVERY", 0.01)
    with bind_control(tmp_path) as control:
        stage()
        channel = await welcomed(control)
        assert await channel.receive() == Telemetry(is_full=True)
        await end(channel)


async def test_who_stands_on_the_roster_serves_on_and_finds_the_next_supervisor(
    stage: Enter, tmp_path: Path
) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        channel = await welcomed(control)
        channel.send(Apply(Snapshot(3, (SERVICE,))))
        await channel.receive()
        on.stand_on_the_roster()
        await end(channel)
    await asyncio.sleep(0.05)  # several tries
    assert not on.leaving.done()
    # Nobody would move the slots of one who dies: so everybody accepts on all of them.
    assert on.plane.accepting == [[1]]
    with bind_control(tmp_path) as control:
        hello, channel = await asyncio.wait_for(greeted(control), SOON)
        assert hello == Hello("worker-1", os.getpid(), [1], 3, {"support": (1, 4)})
        channel.send(Apply(Snapshot(4, ())))
        assert isinstance(applied := await channel.receive(), Applied)
        assert applied.version == 4
        await end(channel)
    assert on.plane.applied == [3, 4]


async def test_who_does_not_stand_there_leaves_with_its_supervisor(
    stage: Enter, tmp_path: Path
) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        channel = await welcomed(control)
        channel.send(Apply(Snapshot(3, (), drain_timeout=9.0)))
        await channel.receive()
        await end(channel)
    assert await on.left() == 9.0


async def test_who_drains_without_a_supervisor_asks_ai_no_more(
    stage: Enter, tmp_path: Path
) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        channel = await welcomed(control)
        channel.send(Lease(77.5))
        channel.send(Drain(4.0))
        await on.left()
        assert on.plane.lease_until == 77.5
        await end(channel)
        for _ in range(1000):
            if not on.plane.lease_until:
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it may still ask AI")


async def test_who_is_turned_away_by_a_supervisor_that_knows_others_leaves(
    stage: Enter, tmp_path: Path
) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        connected, _ = await asyncio.get_running_loop().sock_accept(control)
        connected.close()
        await on.left()


async def test_a_worker_whose_folder_is_gone_leaves(stage: Enter, tmp_path: Path) -> None:
    on = stage()
    on.stand_on_the_roster()
    await asyncio.sleep(0.05)
    assert not on.leaving.done()
    shutil.rmtree(tmp_path)
    await on.left()


@pytest.mark.parametrize("failure", [BlockingIOError(), OSError(errno.EMFILE, "")])
async def test_a_supervisor_that_cannot_be_reached_at_the_moment_is_tried_again(
    stage: Enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: OSError
) -> None:
    failures = [failure] * 3

    def busy(state_dir: Path) -> socket.socket:
        if failures:
            raise failures.pop()
        return connect_control(state_dir)

    monkeypatch.setattr(module, "connect_control", busy)
    with bind_control(tmp_path) as control:
        on = stage()
        await end(await asyncio.wait_for(welcomed(control), SOON))
        await on.left()


async def test_a_roster_that_cannot_be_read_lets_nobody_go(
    stage: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()

    def unreadable(_: Path) -> frozenset[Entry]:
        looked.set()
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patched:
        patched.setattr(module, "read_roster", unreadable)
        on = stage()
        await asyncio.wait_for(looked.wait(), SOON)
        assert not on.leaving.done()
    await on.left()


async def test_what_no_supervisor_says_is_reported_and_passed_over(
    stage: Enter, tmp_path: Path
) -> None:
    with bind_control(tmp_path) as control:
        on = stage()
        channel = await welcomed(control)
        channel.send(Applied(1))
        channel.send(Accept([]))
        assert await channel.receive() == Accepting([])
        assert on.logged == [("worker_unexpected_message", "Applied")]
        await end(channel)


async def test_the_first_word_on_leaving_holds(stage: Enter) -> None:
    on = stage()
    on.supervised.leave(3.0)
    on.supervised.leave()
    assert await on.left() == 3.0


async def test_nothing_is_said_where_there_is_nobody(stage: Enter) -> None:
    on = stage()
    on.supervised.say(Leaving())
    on.supervised.hang_up()
    await on.left()
