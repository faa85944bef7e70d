"""Workers killed and stopped, and who may fail for it: only what was in flight on that process."""

import asyncio
import os
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtests.faults.book import Ask
from loadtests.faults.holders import holders
from loadtests.faults.patience import expect
from loadtests.faults.serving import Router, death_of, is_stopped


@dataclass(frozen=True, slots=True)
class Kill:
    """One worker's death. Times are seconds of the monotonic clock.

    ports: of the clients whose connections it held, as the kernel said at `looked`, just before; of
    one that was stopped first, just after, when it could accept nobody any more.
    """

    seat: str
    pid: int
    ports: frozenset[int]
    looked: float
    sent: float
    dead: float

    def excuses(self, ask: Ask) -> bool:
        """Tell whether a request was in flight on the one that died.

        On a connection that it held, that is until its client has read the connection's end.
        Whoever connected after the look may have been accepted since.
        """
        if ask.port in self.ports:
            return ask.ended >= self.sent
        return self.looked <= ask.began <= self.dead


async def kill(router: Router, seat: str) -> Kill:
    """Kill whoever sits there, and return when it is dead."""
    pid = router.workers()[seat]
    dying = asyncio.ensure_future(death_of(pid))
    await asyncio.sleep(0)
    looked = time.monotonic()
    held = await asyncio.to_thread(holders, router.port, [pid])  # clients go on meanwhile
    sent = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    return Kill(seat, pid, frozenset(held), looked, sent, await dying)


async def freeze(router: Router, seat: str) -> Kill:
    """Stop whoever sits there for good, and return when it stands still."""
    pid = router.workers()[seat]
    sent = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    await expect("a worker that stands still", lambda: is_stopped(pid))
    held = await asyncio.to_thread(holders, router.port, [pid])
    return Kill(seat, pid, frozenset(held), looked=sent, sent=sent, dead=sent)


async def busiest(router: Router) -> str:
    """Return the seat of the worker that holds most connections."""
    seats = {pid: seat for seat, pid in router.workers().items()}
    held = list((await asyncio.to_thread(holders, router.port, seats)).values())
    return seats[max(seats, key=held.count)]


def unexcused(asks: Iterable[Ask], kills: Sequence[Kill]) -> list[Ask]:
    """Return the requests that failed, and for no death."""
    return [ask for ask in asks if ask.has_failed and not any(each.excuses(ask) for each in kills)]
