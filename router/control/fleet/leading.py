"""Leads, or knows who does: for what only one replica may do.

Where the store is ours alone we always lead. Where it is shared, whoever leads has to ask again in
time, and writes nothing that does not bear its fence (`replica.leader`).
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Final

from router.control.events import tell
from router.errors import StoreError
from router.replica.leader import HELD_FOR, Leadership
from router.store.leading import Leads

ASK_EVERY: Final = 2.0
"""Seconds; four answers may be lost before somebody else leads."""


class Leading:
    """`run` until cancelled, then `close`. boottime: the clock that also counts suspend."""

    def __init__(self, store: Leads | None, instance: str, boottime: Callable[[], float]) -> None:
        self._store = store
        self._instance = instance
        self._boottime = boottime
        self._leadership = Leadership()
        self._holder: str | None = None if store is not None else instance
        self._has_led = False
        self.told: Mapping[str, str] = {}
        """What leaders have told of each topic, as of the last answer."""

    @property
    def fence(self) -> int:
        """What all that only the leader writes has to bear."""
        return self._leadership.fence

    @property
    def leader(self) -> str | None:
        """The instance that led by the last answer; None while there was none."""
        return self._holder

    def leads(self) -> bool:
        """Say whether we lead now. We may be stopped right afterwards: see `fence`."""
        return self._store is None or self._leadership.leads(self._boottime())

    async def run(self) -> None:
        """Ask again and again."""
        while True:
            await self.ask()
            await asyncio.sleep(ASK_EVERY)

    async def ask(self) -> None:
        """Ask to lead, or to go on leading; without an answer we lead until our time is over."""
        if self._store is None:
            return
        sent = self._boottime()
        try:
            led = await self._store.lead(self._instance, self._leadership.seen, HELD_FOR)
        except (StoreError, TimeoutError):
            self._note()
            return
        self._leadership = self._leadership.answered(led.lock, self._instance, sent)
        self._holder, self.told = led.lock.holder, led.told
        self._note()

    async def close(self) -> None:
        """Leave the lead to somebody else, if the store hears it."""
        if self._store is not None and self.leads():
            with contextlib.suppress(StoreError, TimeoutError):
                await self._store.resign(self._instance, self.fence)

    def _note(self) -> None:
        leads = self.leads()
        if leads and not self._has_led:
            tell("leading", fence=self.fence)
        elif self._has_led and not leads:
            tell("leading_over", leader=self._holder)
        self._has_led = leads
