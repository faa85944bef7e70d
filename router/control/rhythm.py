"""Pauses that are never quite the same, so that routers do not all ask at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

JITTER: Final = 0.1
"""How much longer or shorter a pause may be, as a ratio."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`roll` gives 0 to 1."""

    roll: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def pause(self, seconds: float) -> None:
        """Wait about so long."""
        await self.sleep(seconds * (1 - JITTER + 2 * JITTER * self.roll()))

    async def spread(self, seconds: float) -> None:
        """Wait a part of this: what starts together begins at different moments."""
        await self.sleep(seconds * self.roll())
