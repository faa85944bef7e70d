"""Waiting for what another process does and tells nobody."""

import asyncio
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 10.0
LOOK_EVERY: Final = 0.02


async def until(holds: Callable[[], bool]) -> None:
    """Return as soon as it holds; fail where that takes too long."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - it is no event
            await asyncio.sleep(LOOK_EVERY)
