"""Who reaches whom: a relay before each server, and the pairs that are cut off from each other.

Everybody calls a server at the same address, that of its relay. Which of them calls is what the
kernel says, so that a partition can run between any two of them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Self

from loadtests.faults.holders import callers
from loadtests.faults.relay import Link, Relay

Pids = Callable[[], Iterable[int]]


class Network:
    """Use it as a context. A party is known by its name, as a caller and as a server alike."""

    def __init__(self) -> None:
        self.relays: Final[dict[str, Relay]] = {}
        self._parties: Final[dict[str, Pids]] = {}
        self._cuts: Final[set[tuple[str, str]]] = set()

    async def serve(self, name: str, port: int) -> Relay:
        """Put a relay before the server of a party."""
        relay = Relay(port, lambda caller: self._is_cut(name, caller))
        await relay.open()
        self.relays[name] = relay
        return relay

    def join(self, name: str, pids: Pids) -> None:
        """Make a party known by its processes, whichever they are when it calls."""
        self._parties[name] = pids

    def part(self, one: str, others: Iterable[str]) -> None:
        """Let nothing through between one and others, whoever of them has called."""
        for other in others:
            self._cuts.update({(one, other), (other, one)})
        self._apply()

    def heal(self) -> None:
        """Let everything through, and at once."""
        self._cuts.clear()
        for relay in self.relays.values():
            relay.delay = 0.0
        self._apply()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for relay in self.relays.values():
            await relay.close()

    # Own...

    def _apply(self) -> None:
        for name, relay in self.relays.items():
            cut_off = self._cut_off(name)
            known = self._callers(relay) if cut_off else {}
            for link in list(relay.links):
                _set(link, is_cut=known.get(link.port) in cut_off)

    def _is_cut(self, server: str, port: int) -> bool:
        cut_off = self._cut_off(server)
        return bool(cut_off) and self._callers(self.relays[server]).get(port) in cut_off

    def _cut_off(self, server: str) -> set[str | None]:
        return {caller for caller, called in self._cuts if called == server}

    def _callers(self, relay: Relay) -> Mapping[int, str]:
        """Return by port who calls there; a port whose process has let go of it is nobody's."""
        names = {pid: name for name, pids in self._parties.items() for pid in pids()}
        return {port: names[pid] for port, pid in callers(relay.port, names).items()}


def _set(link: Link, *, is_cut: bool) -> None:
    if is_cut is not link.is_whole.is_set():
        return
    if is_cut:
        link.cut()
    else:
        link.heal()
