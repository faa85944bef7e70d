"""Waiting for what nobody tells us: other processes, logs, backends' books."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

POLL: Final = 0.01
"""Seconds between two looks."""


class TooLongError(Exception):
    """Something that a scene needs did not come about."""


async def until(condition: Callable[[], object], limit: float) -> float | None:
    """Wait until a condition holds; return after how many seconds, or None if it does not."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit:
            return None
        await asyncio.sleep(POLL)
    return time.monotonic() - began


async def expect(what: str, condition: Callable[[], object], limit: float = 10.0) -> float:
    """Wait for what a scene cannot go on without; return after how many seconds it came."""
    seconds = await until(condition, limit)
    if seconds is None:
        raise TooLongError(f"not within {limit:g} s: {what}")
    return seconds


async def insist(what: str, ask: Callable[[], Awaitable[object]], limit: float = 15.0) -> float:
    """Ask again and again, until the answer is yes; return after how many seconds it was."""
    began = time.monotonic()
    while not await ask():
        if time.monotonic() - began > limit:
            raise TooLongError(f"not within {limit:g} s: {what}")
        await asyncio.sleep(POLL)
    return time.monotonic() - began
