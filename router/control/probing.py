"""Probes every endpoint that has a health check, each at its own pace.

What a probe means is in `health.judge`, how one is made in `probe`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from router.control.events import tell
from router.control.health import Standing, judge
from router.control.probe import Aim, Site
from router.control.rhythm import Rhythm
from router.tasks import TaskOwner

FIRST_WITHIN: Final = 0.5
"""Seconds over which the first probes are spread."""

MOST_AT_ONCE: Final = 64
"""Probes that may be on their way at once; the others wait their turn."""

Probe = Callable[[Site, Aim], Awaitable[str]]
"""Why a site is not healthy; empty where it is."""


@dataclass(slots=True)
class _Followed:
    """A site that is probed. reason: why its last probe failed, empty where it passed."""

    aim: Aim
    task: asyncio.Task[None] | None = None
    standing: Standing = field(default_factory=Standing)
    reason: str = ""


class Probing:
    """Knows which sites are up; `flipped` is called with each that goes down or comes back."""

    def __init__(
        self, probe: Probe, rhythm: Rhythm, tasks: TaskOwner, flipped: Callable[[Site], None]
    ) -> None:
        self._probe = probe
        self._rhythm = rhythm
        self._tasks = tasks
        self._flipped = flipped
        self._followed: dict[Site, _Followed] = {}
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    def watch(self, aims: Mapping[Site, Aim]) -> None:
        """Probe exactly these from now on; what is known of those that stay is kept."""
        for site in self._followed.keys() - aims.keys():
            self._stop(self._followed.pop(site))
        for site, aim in aims.items():
            followed = self._followed.setdefault(site, _Followed(aim))
            if followed.task is None or followed.aim != aim:
                self._stop(followed)
                followed.aim = aim
                followed.task = self._tasks.spawn(self._follow(site, followed), "probe")

    def is_up(self, site: Site) -> bool:
        """Say whether it may be asked; who is not probed, or not yet, may."""
        followed = self._followed.get(site)
        return followed is None or followed.standing.is_up

    def reason(self, site: Site) -> str:
        """Say why the last probe failed; empty where it passed or there was none."""
        followed = self._followed.get(site)
        return "" if followed is None else followed.reason

    @staticmethod
    def _stop(followed: _Followed) -> None:
        if followed.task is not None:
            followed.task.cancel()

    async def _follow(self, site: Site, followed: _Followed) -> None:
        await self._rhythm.spread(FIRST_WITHIN)
        while True:
            async with self._turns:
                followed.reason = await self._probe(site, followed.aim)
            self._judge(site, followed)
            await self._rhythm.pause(followed.aim.health.interval)

    def _judge(self, site: Site, followed: _Followed) -> None:
        was_up = followed.standing.is_up
        passed = not followed.reason
        followed.standing = judge(followed.standing, followed.aim.health, passed=passed)
        if followed.standing.is_up is was_up:
            return
        if was_up:
            _tell_down(site, followed.reason)
        else:
            _tell_up(site)
        self._flipped(site)


def _tell_down(site: Site, reason: str) -> None:
    tell(
        "endpoint_down",
        level=logging.WARNING,
        service=site.service,
        variant=site.variant,
        endpoint=site.name,
        reason=reason,
    )


def _tell_up(site: Site) -> None:
    tell("endpoint_up", service=site.service, variant=site.variant, endpoint=site.name)
