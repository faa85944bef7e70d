"""Workers killed and stopped, and who may fail for it: only what was in flight on that process."""

import asyncio
import os
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from loadtests.faults.book import Ask
from loadtests.faults.holders import holders
from loadtests.faults.patience import expect
from loadtests.faults.serving import Router, death_of, is_stopped

NOTICED: Final = 1.0
"""Seconds after a death in which the last client has read the end of its connection."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One worker's death. Times are seconds of the monotonic clock.

    ports: of the clients whose connections it held, as the kernel said just before; of one that was
    stopped first, just after, when it could accept nobody any more: then `dead` is 0. others: of
    those whose connections other workers held.
    """

    seat: str
    pid: int
    ports: frozenset[int]
    others: frozenset[int]
    sent: float
    dead: float

    def excuses(self, ask: Ask) -> bool:
        """Tell whether a request was in flight on the one that died.

        On a connection that it held, that is until its client has read the connection's end. One
        that nobody held yet, because it waited or was not there, it may have accepted since.
        """
        if ask.ended < self.sent or ask.port in self.others:
            return False
        if ask.port in self.ports:
            return True
        return 0.0 < ask.connected <= self.dead and ask.ended <= self.dead + NOTICED


async def kill(router: Router, seat: str) -> Kill:
    """Kill whoever sits there, and return when it is dead."""
    pid = router.workers()[seat]
    dying = asyncio.ensure_future(death_of(pid))
    held, others = await _held(router, pid)  # clients go on meanwhile
    sent = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    return Kill(seat, pid, held, others, sent, await dying)


async def freeze(router: Router, seat: str) -> Kill:
    """Stop whoever sits there for good, and return when it stands still."""
    pid = router.workers()[seat]
    sent = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    await expect("a worker that stands still", lambda: is_stopped(pid))
    held, others = await _held(router, pid)
    return Kill(seat, pid, held, others, sent, dead=0.0)


async def _held(router: Router, pid: int) -> tuple[frozenset[int], frozenset[int]]:
    """Return whose connections this worker holds, and whose the others."""
    pids = list(router.workers().values())
    held = await asyncio.to_thread(holders, router.port, pids)
    own = frozenset(port for port, holder in held.items() if holder == pid)
    return own, frozenset(held) - own


async def busiest(router: Router) -> str:
    """Return the seat of the worker that holds most connections."""
    seats = {pid: seat for seat, pid in router.workers().items()}
    held = list((await asyncio.to_thread(holders, router.port, seats)).values())
    return seats[max(seats, key=held.count)]


def unexcused(asks: Iterable[Ask], kills: Sequence[Kill]) -> list[Ask]:
    """Return the requests that failed, and for no death."""
    return [ask for ask in asks if ask.has_failed and not any(each.excuses(ask) for each in kills)]
