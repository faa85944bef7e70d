"""The other replicas, as far as commands are concerned: who is there, and who is behind."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from router.control.broadcast import Stand
from router.control.fleet.words import Heard, Tell
from router.release.state import Release
from router.replica.membership import Presence

ASK_EVERY: Final = 0.05
"""Seconds between two questions by what the others serve now."""


class Fleet(Protocol):
    """Who is a member, as far as is known."""

    @property
    def me(self) -> str:
        """Our own instance."""
        ...

    @property
    def name(self) -> str:
        """What our replica is called."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether there may be others at all."""
        ...

    def members(self) -> tuple[Presence, ...]:
        """Return whoever might ask AI, ourselves first."""
        ...

    def fellows(self) -> tuple[Presence, ...]:
        """Return the others among them."""
        ...

    def departed(self) -> tuple[str, ...]:
        """Return the instances that have said that they serve no more."""
        ...

    def nudge(self) -> None:
        """Find out now, and not within a second."""
        ...


class Nobody:
    """The way to tell others where there are none."""

    def call(self, releases: Sequence[Release], to: Sequence[Presence], heard: Heard) -> None:
        """There is nobody to be told."""


async def ours_alone(_: float) -> bool:
    """Say of a store that stands alone that no other may take its place."""
    return True


@dataclass(frozen=True, slots=True)
class Company:
    """What a command needs of the other replicas.

    confirmed: whether all that the store was given is where no failover loses it, waiting so many
    seconds. max_lag: seconds for which a deposed master of the store may go on; 0 where there is
    none.
    """

    fleet: Fleet
    tell: Tell = field(default_factory=Nobody)
    confirmed: Callable[[float], Awaitable[bool]] = ours_alone
    max_lag: float = 0.0

    @property
    def me(self) -> str:
        return self.fleet.me

    def members(self) -> tuple[Presence, ...]:
        """Return whoever might ask AI, ourselves first."""
        return self.fleet.members()

    def others(self) -> tuple[Presence, ...]:
        return self.fleet.fellows()

    def departed(self) -> tuple[str, ...]:
        """Return the instances that have said that none of their workers is left."""
        return self.fleet.departed()

    def behind(self, service: str, stand: Stand) -> tuple[str, ...]:
        """Name the other replicas that serve it by less; whoever has no such service does not."""
        return tuple(
            each.replica for each in self.others() if each.stands.get(service, stand) < stand
        )

    async def caught_up(self, service: str, stand: Stand, within: float) -> tuple[str, ...]:
        """Wait until no other replica serves this service by less; return who does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.behind(service, stand):
                    self.fleet.nudge()
                    await asyncio.sleep(ASK_EVERY)
        return self.behind(service, stand)

    async def behind_with(
        self, ours: Awaitable[Sequence[str]], service: str, stand: Stand, within: float
    ) -> tuple[str, ...]:
        """Wait for our own workers (``ours``) and the others at once; return who is behind."""
        if not self.others():
            return tuple(await ours)
        workers, replicas = await asyncio.gather(ours, self.caught_up(service, stand, within))
        return (*self.named(workers), *replicas)

    def named(self, workers: Sequence[str]) -> tuple[str, ...]:
        """Name workers of ours among those of others; alone they need no more."""
        us = f"{self.fleet.name}/" if self.others() else ""
        return tuple(f"{us}{each}" for each in workers)
