"""The addresses of every endpoint that is a name, looked up again and again in the background.

Nothing waits for a name: what was last known is what counts, and each name is asked for by itself.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from router.control.events import tell
from router.control.rhythm import Rhythm
from router.tasks import TaskOwner

LOOKUP_EVERY: Final = 5.0
"""Seconds between the end of one lookup and the next."""

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""A name to its addresses; raises OSError or UnicodeError."""


@dataclass(slots=True)
class _Name:
    """What is known of a name, and who keeps asking."""

    task: asyncio.Task[None] | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    addresses: tuple[str, ...] = ()
    is_failing: bool = False


class Lookup:
    """Follows names; `changed` is called with each whose addresses are others than before."""

    def __init__(
        self,
        resolve: Resolve,
        rhythm: Rhythm,
        tasks: TaskOwner,
        changed: Callable[[str], None],
    ) -> None:
        self._resolve = resolve
        self._rhythm = rhythm
        self._tasks = tasks
        self._changed = changed
        self._names: dict[str, _Name] = {}

    async def prepare(self, hosts: Iterable[str], within: float) -> None:
        """Begin to follow ``hosts``, and wait until each was looked up, at most so long."""
        names = [self._begin(host) for host in dict.fromkeys(hosts)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                for name in names:
                    await name.answered.wait()

    def watch(self, hosts: Iterable[str]) -> None:
        """Follow exactly these from now on."""
        wanted = dict.fromkeys(hosts)
        for host in self._names.keys() - wanted.keys():
            task = self._names.pop(host).task
            if task is not None:
                task.cancel()
        for host in wanted:
            self._begin(host)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return what is known, in the order in which the resolver gave it."""
        name = self._names.get(host)
        return name.addresses if name is not None else ()

    def _begin(self, host: str) -> _Name:
        name = self._names.get(host)
        if name is None:
            name = self._names[host] = _Name()
            name.task = self._tasks.spawn(self._follow(host, name), "lookup")
        return name

    async def _follow(self, host: str, name: _Name) -> None:
        while True:
            await self._ask(host, name)
            name.answered.set()
            await self._rhythm.pause(LOOKUP_EVERY)

    async def _ask(self, host: str, name: _Name) -> None:
        try:
            found = tuple(dict.fromkeys(await self._resolve(host)))
        except (OSError, UnicodeError) as error:
            _fail(host, name, str(error))
            return
        if not found:
            _fail(host, name, "the name has no address")
            return
        if name.is_failing:
            name.is_failing = False
            tell("lookup_recovered", host=host, addresses=found)
        # Name servers turn the order from answer to answer, to spread those who take the first.
        if set(found) != set(name.addresses):
            before, name.addresses = name.addresses, found
            if before:
                tell("endpoint_moved", host=host, addresses=found, before=before)
            self._changed(host)


def _fail(host: str, name: _Name, why: str) -> None:
    """Keep what is known: a name server that is away says nothing about the backend."""
    if not name.is_failing:
        name.is_failing = True
        kept = name.addresses
        tell("lookup_failed", level=logging.WARNING, host=host, error=why, still_used=kept)
