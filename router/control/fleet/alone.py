"""The lease of a router that has a store of its own: it runs between supervisor and workers alone.

A store that is full or away does not end it: nobody else could have decided anything there.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from router.control.fleet.fleet import Fleet

RENEW_EVERY: Final = 1.0
"""Seconds between two words to the workers that AI may be asked."""


class Alone:
    """`run` until cancelled. ``extend`` tells the workers until when AI may be asked."""

    def __init__(
        self,
        fleet: Fleet,
        lease: float,
        extend: Callable[[float], None],
        boottime: Callable[[], float],
    ) -> None:
        self._fleet = fleet
        self._lease = lease
        self._extend = extend
        self._boottime = boottime

    async def run(self) -> None:
        """Renew it, for ever."""
        while True:
            self._fleet.lease_until = self._boottime() + self._lease
            self._extend(self._fleet.lease_until)
            await asyncio.sleep(RENEW_EVERY)
