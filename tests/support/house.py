"""A supervisor's house without a supervisor: a folder, a door, a slot, and fake workers."""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from router.control.acceptors import Acceptors
from router.control.broadcast import Broadcast
from router.control.census import Census
from router.control.child import Child, Start
from router.control.door import Door
from router.control.life import Offices
from router.control.rate_memory import make_rate_memory
from router.control.telemetry import Tallies
from router.routing.snapshot import Snapshot
from router.tasks import TaskOwner
from router.wire.control_socket import bind_control
from tests.support import fake_worker

SEAT: Final = "worker-1"

SOON: Final = 10.0
"""Seconds that a process may take to start or to end on a busy machine."""


@dataclass
class House:
    """One seat, one slot; snapshot 1 is published."""

    state_dir: Path
    listener: socket.socket
    rates: int
    tasks: TaskOwner
    door: Door
    offices: Offices = field(init=False)
    children: list[Child] = field(default_factory=list[Child])

    def __post_init__(self) -> None:
        self.offices = Offices(
            Broadcast([SEAT], Acceptors([0])), Tallies(lambda _: None), Census(self.state_dir)
        )
        self.offices.broadcast.publish(Snapshot(1, ()))

    @classmethod
    @contextlib.asynccontextmanager
    async def standing(cls) -> AsyncIterator["House"]:
        """Attend the door; in the end no child is left."""
        deaths: list[str] = []
        tasks = TaskOwner(lambda name, error: deaths.append(f"{name}: {error!r}"))
        with (
            tempfile.TemporaryDirectory() as folder,
            socket.create_server(("127.0.0.1", 0)) as listener,
            bind_control(Path(folder)) as control,
        ):
            house = cls(Path(folder), listener, make_rate_memory(), tasks, Door(control, tasks))
            house.door.open()
            yield house
            for child in house.children:
                child.kill()
                await child.wait()
            await tasks.close()
            house.door.close()
            os.close(house.rates)
        assert deaths == []

    def start(self, *faults: str) -> Child:
        """Start a fake worker with these faults."""
        command = (sys.executable, fake_worker.__file__, *faults)
        passed = [(0, self.listener.fileno())]
        how = Start(self.state_dir, passed, self.rates, command)
        self.children.append(Child.start(how, SEAT))
        return self.children[-1]

    async def ready(self) -> None:
        await asyncio.wait_for(self.offices.broadcast.ready(), SOON)
