"""The end of records: once a minute whatever is too old or too much is removed."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from router.control.events import tell
from router.errors import StoreError
from router.store.records import Limits, Records

EVERY: Final = 60.0
"""Seconds between two looks."""

CLOSE_WITHIN: Final = 1.0
"""Seconds that a disk gets at the end."""


class Retention:
    """Owns the end of records, and at last the records. `limits`: how long they stay, as of now."""

    def __init__(
        self, records: Records, limits: Callable[[], Limits], clock: Callable[[], float]
    ) -> None:
        self.records: Final = records
        self._limits = limits
        self._clock = clock
        self._is_troubled = False

    async def run(self) -> None:
        """Prune until cancelled."""
        while True:
            await self.prune()
            await asyncio.sleep(EVERY)

    async def prune(self) -> None:
        """Prune once; a store that does not is told of once, until it does again."""
        try:
            await self.records.prune(self._limits(), self._clock())
        except StoreError as error:
            if not self._is_troubled:
                tell("records_not_pruned", level=logging.ERROR, error=str(error))
            self._is_troubled = True
        else:
            self._is_troubled = False

    async def close(self) -> None:
        """Let go of the records; a disk that hangs is not waited for."""
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await self.records.close()
