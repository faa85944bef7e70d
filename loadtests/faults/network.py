"""Who reaches whom: a relay before each server, and the pairs that are cut off from each other.

Everybody calls a server at the same address, that of its relay. Which of them calls is what the
kernel says, so that a partition can run between any two of them.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Self

from loadtests.faults.holders import callers
from loadtests.faults.relay import Link, Relay
from loadtests.ground import GroundError
from router.tasks import TaskOwner

Pids = Callable[[], Iterable[int]]
LOOK_EVERY: Final = 0.05
"""Seconds between two looks at who has connected; the kernel needs a fifth of that for one."""


class Network:
    """Use it as a context. A party is known by its name, as a caller and as a server alike."""

    def __init__(self) -> None:
        self.relays: Final[dict[str, Relay]] = {}
        self._parties: Final[dict[str, Pids]] = {}
        self._cuts: Final[set[tuple[str, str]]] = set()
        self._newcomers: Final = asyncio.Event()
        self._tasks: Final = TaskOwner(self._on_death)
        self._deaths: Final[list[BaseException]] = []

    async def serve(self, name: str, port: int) -> Relay:
        """Put a relay before the server of a party."""
        relay = Relay(port, lambda _: self._may_be_cut(name))
        await relay.open()
        self.relays[name] = relay
        return relay

    def join(self, name: str, pids: Pids) -> None:
        """Make a party known by its processes, whichever they are when it calls."""
        self._parties[name] = pids

    async def part(self, some: Iterable[str], others: Iterable[str]) -> None:
        """Let nothing through between some and others, whoever of them has called."""
        for one, other in itertools.product(some, others):
            self._cuts.update({(one, other), (other, one)})
        await self._look()

    def heal(self) -> None:
        """Let everything through, and at once."""
        self._cuts.clear()
        for relay in self.relays.values():
            relay.delay = 0.0
            for link in list(relay.links):
                _set(link, is_cut=False)

    async def __aenter__(self) -> Self:
        self._tasks.spawn(self._look_at_newcomers(), "newcomers")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.close()
        for relay in self.relays.values():
            await relay.close()
        if self._deaths:
            raise GroundError(f"a network failed: {self._deaths[0]!r}")

    # Own...

    def _may_be_cut(self, server: str) -> bool:
        """Hold up whoever connects where somebody is cut off, until it is known who that is."""
        is_so = bool(self._cut_off(server))
        if is_so:
            self._newcomers.set()
        return is_so

    async def _look_at_newcomers(self) -> None:
        while True:
            await self._newcomers.wait()
            self._newcomers.clear()
            await self._look()
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        """See who calls where, and cut and heal accordingly."""
        seen = {name: list(relay.links) for name, relay in self.relays.items()}
        known = await asyncio.to_thread(self._callers)
        for name, links in seen.items():
            cut_off, port = self._cut_off(name), self.relays[name].port
            for link in links:
                link.who = known.get((port, link.port), link.who)
                _set(link, is_cut=link.who in cut_off)

    def _cut_off(self, server: str) -> set[str | None]:
        return {caller for caller, called in self._cuts if called == server}

    def _callers(self) -> Mapping[tuple[int, int], str]:
        """Return by port and caller's port who it is; who has hung up again is not there."""
        names = {pid: name for name, pids in self._parties.items() for pid in pids()}
        ports = [relay.port for relay in self.relays.values()]
        return {place: names[pid] for place, pid in callers(ports, names).items()}

    def _on_death(self, _: str, error: BaseException) -> None:
        self._deaths.append(error)


def _set(link: Link, *, is_cut: bool) -> None:
    if is_cut and link.is_whole.is_set():
        link.cut()
    elif not is_cut and not link.is_whole.is_set():
        link.heal()
