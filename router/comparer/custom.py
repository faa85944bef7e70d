"""A service's own comparison: who is asked what, in which order, and what becomes of the answer.

One question at a time, and few that wait: beyond them a pair counts as `custom_busy`. The process
is started with the first question, and again after it was lost; one that cannot live is not started
again at once, and meanwhile pairs count as `custom_failed`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from router.compare.custom import Question, question, with_custom
from router.compare.pair import Answer, Asked, Pair
from router.compare.rules import CompareRules
from router.compare.verdict import Judged, Verdict
from router.comparer.custom_words import Reply
from router.wire.pairs import held_bytes

MOST_WAITING: Final = 256
MOST_BYTES: Final = 16 * 1024 * 1024
"""Pairs, and their bytes."""

LONGEST_PAUSE: Final = 60.0
"""Seconds before a process that ended without an answer is started again: none the first time, then
1, and twice as many each time.
"""

TOLD_EVERY: Final = 60.0
"""Seconds between two events of one service."""

_MOST_LOSSES: Final = 8
"""By then the pause is the longest."""

_EVEN: Final = 0.5
_PAUSED: Final = Reply("custom_failed")


class Running(Protocol):
    """A process of the function (`custom_process.CustomProcess`); `is_over` once it is lost."""

    is_over: bool

    async def ask(self, asked: Question) -> Reply: ...
    async def end(self) -> None: ...


Start = Callable[[], Awaitable[tuple[Running, Reply]]]


@dataclass(frozen=True, slots=True)
class Senses:
    """stopwatch: monotonic seconds. roll: a number from 0 to 1. tell: an event and its detail."""

    stopwatch: Callable[[], float]
    roll: Callable[[], float]
    tell: Callable[[str, str], None]


class Custom:
    """One service's function. Made inside a running event loop."""

    def __init__(self, rules: CompareRules, start: Start, senses: Senses) -> None:
        self._rules = rules
        self._start = start
        self._senses = senses
        self._process: Running | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._bytes = 0
        self._losses = 0
        self._paused_until = 0.0
        self._is_closed = False
        self._told_at = -TOLD_EVERY

    async def judged(self, pair: Pair, judged: Judged) -> Judged:
        """Add what the function says of a pair, and of what each side says of itself."""
        size = held_bytes(pair)
        if self._waiting >= MOST_WAITING or self._bytes + size > MOST_BYTES:
            return replace(judged, verdict=with_custom(judged.verdict, "custom_busy"))
        self._waiting += 1
        self._bytes += size
        try:
            async with self._turn:
                return await self._added(pair, judged)
        finally:
            self._waiting -= 1
            self._bytes -= size

    async def close(self) -> None:
        """End the process; what still waits has no verdict."""
        self._is_closed = True
        if self._process is not None:
            await self._process.end()
            self._process = None

    async def finish(self) -> None:
        """Answer what waits, then end: whoever asks next asks another one."""
        async with self._turn:  # whoever waits has a turn before us
            await self.close()

    async def _added(self, pair: Pair, judged: Judged) -> Judged:
        verdict = await self._verdict(pair.request, (pair.legacy, pair.ai), judged.verdict)
        if verdict.error:
            return replace(judged, verdict=verdict)
        return replace(
            judged,
            verdict=verdict,
            legacy_noise=await self._own(
                pair.request, (pair.legacy, pair.legacy_repeat), judged.legacy_noise
            ),
            ai_noise=await self._own(pair.request, (pair.ai, pair.ai_repeat), judged.ai_noise),
        )

    async def _own(
        self, asked: Asked, answers: tuple[Answer, Answer | None], noise: Verdict | None
    ) -> Verdict | None:
        first, second = answers
        if noise is None or second is None:
            return noise
        return await self._verdict(asked, (first, second), noise)

    async def _verdict(
        self, asked: Asked, answers: tuple[Answer, Answer], verdict: Verdict
    ) -> Verdict:
        if verdict.error:
            return verdict
        is_turned = self._senses.roll() < _EVEN
        put = question(asked, *answers, self._rules, turned=is_turned)
        if put is None:
            return verdict
        process = await self._running()
        reply = _PAUSED if process is None else await process.ask(put)
        if process is not None:
            self._heed(process, reply)
        return with_custom(verdict, reply.said)

    async def _running(self) -> Running | None:
        """Return the process, a new one where there is none; None where none may be started."""
        may_start = not self._is_closed and self._senses.stopwatch() >= self._paused_until
        if self._process is None and may_start:
            await self._begin()
        return self._process

    async def _begin(self) -> None:
        try:
            process, reply = await self._start()
        except OSError as error:  # no memory, no descriptor
            self._tell(f"no process: {error.strerror}")
            self._lose()
            return
        if self._is_closed:
            await process.end()
        self._process = process
        if process.is_over:
            self._heed(process, reply)

    def _heed(self, process: Running, reply: Reply) -> None:
        """Learn from an answer: whether to go on with this process, and whether to say so."""
        if reply.detail:
            self._tell(reply.detail)
        if process.is_over:
            self._lose()
        else:
            self._losses = 0

    def _lose(self) -> None:
        self._process = None
        pause = min(LONGEST_PAUSE, 2.0 ** (self._losses - 1)) if self._losses else 0.0
        self._losses = min(self._losses + 1, _MOST_LOSSES)
        self._paused_until = self._senses.stopwatch() + pause

    def _tell(self, detail: str) -> None:
        now = self._senses.stopwatch()
        if now - self._told_at >= TOLD_EVERY:
            self._told_at = now
            self._senses.tell("custom_failed", f"{self._rules.custom}: {detail}")
