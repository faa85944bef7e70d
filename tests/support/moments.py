"""Waiting in tests for what nobody tells."""

import asyncio
from collections.abc import Callable

SOON = 15.0
"""Seconds."""


async def until(is_so: Callable[[], bool]) -> None:
    """Return once it is so."""
    async with asyncio.timeout(SOON):
        while not is_so():
            await _moment()


async def _moment() -> None:
    await asyncio.sleep(0.002)
