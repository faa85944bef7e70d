"""`gray-router serve` as a process that is killed, starved, replaced and started again.

The events that it writes are read from its log; a scene never trusts them for what it measures
itself, only for who is who.
"""

import asyncio
import os
import signal
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from loadtests import admin, family
from loadtests.faults.patience import POLL, TooLongError, until
from loadtests.faults.traffic import Door
from loadtests.ground import Ground, GroundError, Started, free_port, python

READY_LIMIT: Final = 15.0
"""Seconds."""

END_LIMIT: Final = 15.0
"""Seconds that a router may take to end with its scene."""

Event = dict[str, Any]
Settings = dict[str, Any]


class Router:
    """One replica: a config, and whoever serves by it."""

    def __init__(self, ground: Ground, services: Sequence[Settings], **more: Any) -> None:
        self._ground = ground
        self.port: Final = free_port()
        self.admin_port: Final = free_port()
        folder = ground.directory / f"replica-{self.port}"
        folder.mkdir()
        self.config: Final = folder / "gray-router.yaml"
        self.settings: Settings = {
            **more,
            "proxy": {"listen": f"127.0.0.1:{self.port}", **more.get("proxy", {})},
            "admin": {"listen": f"127.0.0.1:{self.admin_port}", **more.get("admin", {})},
            "services": list(services),
        }
        self.write(self.settings)
        self.supervisors: Final[list[Started]] = []
        self.inside: Sequence[str] = ()
        """What every supervisor is started within."""
        self.environment: Mapping[str, str] = {}
        """What every supervisor is told besides."""

    @property
    def state_dir(self) -> Path:
        return self.config.parent / "data"

    @property
    def door(self) -> Door:
        return Door(self.port)

    @property
    def admin(self) -> str:
        return f"http://127.0.0.1:{self.admin_port}"

    @property
    def supervisor(self) -> Started:
        """The newest one."""
        return self.supervisors[-1]

    # Its config...

    def write(self, settings: Mapping[str, Any]) -> None:
        """Put a config in the place of the running one, as one step."""
        self.write_text(orjson.dumps(settings))  # JSON is YAML

    def write_text(self, text: bytes) -> None:
        fresh = self.config.with_suffix(".new")
        fresh.write_bytes(text)
        fresh.replace(self.config)

    # Its life...

    def launch(self, *, wrapped_in: Sequence[str] = ()) -> Started:
        """Start a supervisor, and do not wait."""
        given = [f"{name}={value}" for name, value in self.environment.items()]
        command = [
            *self.inside,
            *wrapped_in,
            *(["env", *given] if given else []),
            *python("router", "serve", "-c", str(self.config)),
        ]
        started = self._ground.spawn(f"router-{len(self.supervisors)}", command)
        self.supervisors.append(started)
        return started

    async def ready(self, limit: float = READY_LIMIT) -> None:
        """Wait until the newest supervisor says that everything serves."""
        started = self.supervisor
        await until(lambda: not started.alive() or self.has_said("ready"), limit)
        if not self.has_said("ready"):
            raise GroundError(f"the router does not serve:\n{started.last_words()}")

    async def exit_code(self, limit: float, started: Started | None = None) -> int | None:
        """Wait for the end of a supervisor; None if it does not come."""
        ending = started or self.supervisor
        await until(lambda: not ending.alive(), limit)
        return ending.process.returncode

    async def stop(self) -> None:
        """Let it end while the backends still answer."""
        for started in self.supervisors:
            if started.alive():
                started.process.send_signal(signal.SIGTERM)
        for started in self.supervisors:
            await self.exit_code(END_LIMIT, started)

    def signal(self, number: signal.Signals) -> None:
        """Send the newest supervisor a signal."""
        os.kill(self.supervisor.pid, number)

    # Who is who...

    def events(self, started: Started | None = None) -> list[Event]:
        """Return what has been logged, by one supervisor and its workers or by all."""
        logs = [each.log for each in ([started] if started else self.supervisors)]
        return [event for log in logs for event in read_events(log)]

    def has_said(self, name: str) -> bool:
        """Tell whether the newest supervisor, or one of its workers, logged such an event."""
        return any(event["event"] == name for event in self.events(self.supervisor))

    def workers(self) -> dict[str, int]:
        """Return by seat the process that was started last, if it lives."""
        started = {
            event["worker"]: event["pid"]
            for event in self.events()
            if event["event"] == "worker_started"
        }
        return {seat: pid for seat, pid in started.items() if is_alive(pid)}

    def is_ready(self, seat: str, *, not_pid: int = 0) -> bool:
        """Tell whether who sits there now has said that it serves."""
        pid = self.workers().get(seat, not_pid)
        return pid != not_pid and any(
            event["event"] == "worker_ready" and event["pid"] == pid for event in self.events()
        )

    # Asked over its admin API...

    async def set_percent(self, service: str, percent: float) -> None:
        await asyncio.to_thread(
            admin.set_percent, self.admin, service, percent, "a fault scene's share"
        )

    async def reload(self) -> Settings:
        return await asyncio.to_thread(admin.reload, self.admin)

    async def config_hash(self) -> str:
        found = await asyncio.to_thread(admin.replica, self.admin)
        return str(found["config_hash"])

    async def serves(self, names: Collection[str]) -> None:
        """Wait until it has these services and no others."""
        deadline = time.monotonic() + READY_LIMIT
        while set(names) != {each["service"] for each in await self._releases()}:
            if time.monotonic() > deadline:
                raise TooLongError(f"not within {READY_LIMIT:g} s: the services {names}")
            await asyncio.sleep(POLL)

    async def _releases(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(admin.services, self.admin)


def read_events(log: Path) -> list[Event]:
    """Return the events of a log; other lines (a traceback) are none."""
    found: list[Event] = []
    for line in log.read_bytes().splitlines():
        try:
            event = orjson.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            found.append(event)
    return found


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    return _state(pid) not in ("Z", None)


def is_stopped(pid: int) -> bool:
    """Tell whether a process was stopped by a signal."""
    return _state(pid) == "T"


def _state(pid: int) -> str | None:
    try:
        return family.parse_stat((family.PROC / str(pid) / "stat").read_text()).state
    except (FileNotFoundError, ProcessLookupError):
        return None


async def death_of(pid: int) -> float:
    """Wait until a process is dead and the kernel has closed what it held; return when."""
    loop = asyncio.get_running_loop()
    dead: asyncio.Future[float] = loop.create_future()
    watched = os.pidfd_open(pid)

    def note() -> None:
        loop.remove_reader(watched)
        dead.set_result(time.monotonic())

    loop.add_reader(watched, note)
    try:
        return await dead
    finally:
        loop.remove_reader(watched)
        os.close(watched)
