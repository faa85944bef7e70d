"""Sends recorded requests at a pace, and counts how the answers differ.

Requests go out at fixed times, whether or not those before them were answered, so that a slow
backend shows as latency; only beyond `max_concurrency` does the replay wait. A function of the
service's own (`custom`) is asked about one pair at a time, and what waits for it counts as under
way: so a slow judge slows the replay down, and no pair is left without a verdict.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from router.compare.pair import Answer, Asked, Loss, Pair
from router.compare.verdict import Judged, Result
from router.model import ALL
from router.replay.entries import Broken, Entry, Recorded
from router.replay.limits import Costs, Pace, hopeless
from router.replay.played import FAILED, TIMED_OUT, Played
from router.routing.snapshot import Shadow
from router.tasks import TaskOwner

NOISE_EVERY: Final = 100
"""Pairs after which it is looked anew which fields are noise."""


class Asking(Protocol):
    """Both variants (`sending.Backends`)."""

    async def ask(self, asked: Asked, request_id: bytes) -> tuple[Answer, Answer]: ...


@dataclass(frozen=True, slots=True)
class Senses:
    """clock: monotonic seconds. wall: Unix seconds. request_id: another one each time."""

    clock: Callable[[], float]
    wall: Callable[[], float]
    request_id: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Rules:
    """choose: why a request is not sent, None if it is. judge: a pair, by the service's rules.

    Then ``custom`` adds what the service's own function says, where there is one.
    """

    choose: Callable[[Recorded], str | None]
    judge: Callable[[Pair], Judged]
    custom: Callable[[Pair, Judged], Awaitable[Judged]] | None = None


class Replay:
    """One walk through a recording: `run` once, `played` fills meanwhile."""

    def __init__(
        self,
        service: str,
        shadow: Shadow,
        backends: Asking,
        rules: Rules,
        senses: Senses,
        *,
        pace: Pace,
        costs: Costs,
    ) -> None:
        self._service = service
        self._shadow = shadow
        self._backends = backends
        self._rules = rules
        self._senses = senses
        self._pace = pace
        self._costs = costs
        self._room = asyncio.Semaphore(shadow.max_concurrency)
        self._turn = asyncio.Lock()
        self._noise: frozenset[str] = frozenset()
        self.played = Played(is_slowed=pace.is_slowed)

    async def run(self, entries: AsyncIterable[Entry], owner: TaskOwner) -> None:
        """Send all of them, and return when all are answered."""
        began = self._senses.clock()
        try:
            async for entry in entries:
                self._look_at_time(began)
                if not await self._take(entry, owner):
                    break
            for _ in range(self._shadow.max_concurrency):
                await self._room.acquire()
            self.played.is_whole = not self.played.stopped
        finally:
            self._look_at_time(began)

    def _look_at_time(self, began: float) -> None:
        self.played.seconds = self._senses.clock() - began

    async def _take(self, entry: Entry, owner: TaskOwner) -> bool:
        """Send it, if it is to be sent; False where it was the last one."""
        played = self.played
        if isinstance(entry, Broken):
            played.note_broken(entry)
            await asyncio.sleep(0)
            return True
        played.read += 1
        if (reason := self._rules.choose(entry)) is not None:
            played.leave_out(reason)
            await asyncio.sleep(0)
            return True
        return await self._send(entry, owner)

    async def _send(self, recorded: Recorded, owner: TaskOwner) -> bool:
        played = self.played
        await self._room.acquire()
        if (wait := self._pace.wait(self._senses.clock())) > 0:
            await asyncio.sleep(wait)
        why = self._costs.reached(self._senses.clock()) or hopeless(played, self._shadow)
        if why is not None:
            played.stopped = why
            self._room.release()
            return False
        played.sent += 1
        is_twice = self._is_asked_twice()
        self._pace.sent(4 if is_twice else 2)
        owner.spawn(self._play(recorded, is_twice), "replayed request")
        return True

    def _is_asked_twice(self) -> bool:
        """Spread `repeat` evenly: of a recording no client has chosen its place."""
        number, share = self.played.sent, self._shadow.repeat
        return number * share // ALL > (number - 1) * share // ALL

    async def _play(self, recorded: Recorded, is_twice: bool) -> None:
        try:
            pair = await self._asked(recorded.asked, is_twice)
            if self._is_whole(pair):
                await self._compare(pair, recorded.place)
        finally:
            self._room.release()

    async def _asked(self, asked: Asked, is_twice: bool) -> Pair:
        request_id = self._senses.request_id()
        asking = [self._backends.ask(asked, request_id) for _ in range(2 if is_twice else 1)]
        (legacy, ai), *again = await asyncio.gather(*asking)
        now = self._senses.clock()
        for answer in (ai, *(answers[1] for answers in again)):
            self.played.cost += self._costs.note(answer, now)
        return Pair(
            service=self._service,
            request_id=request_id,
            phase=0,
            at=self._senses.wall(),
            request=asked,
            served=None,
            legacy=legacy,
            ai=ai,
            legacy_repeat=_whole(again[0][0]) if again else None,
            ai_repeat=_whole(again[0][1]) if again else None,
        )

    def _is_whole(self, pair: Pair) -> bool:
        """Say whether there is something to compare; count it where not."""
        played = self.played
        losses: list[Loss] = []
        for answer in (pair.legacy, pair.ai):
            if answer.loss is None:
                played.answered[answer.variant] += 1
            else:
                played.lost[answer.variant, answer.loss] += 1
                losses.append(answer.loss)
        if losses:
            played.left_out[TIMED_OUT if Loss.TIMEOUT in losses else FAILED] += 1
        return not losses

    async def _compare(self, pair: Pair, place: str) -> None:
        judged = self._rules.judge(pair)
        if self._rules.custom is not None:
            async with self._turn:
                judged = await self._rules.custom(pair, judged)
        tally = self.played.tally
        if tally.add(judged, self._noise) is Result.DIVERGENT:
            names = (it.field for it in judged.verdict.differences if it.field not in self._noise)
            self.played.note_differing(names, place)
        if tally.pairs % NOISE_EVERY == 0:
            self._noise = tally.noisy()


def _whole(answer: Answer) -> Answer | None:
    """To miss a second answer is no loss."""
    return answer if answer.loss is None else None
