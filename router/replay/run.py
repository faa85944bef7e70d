"""Sends recorded requests at a pace, and counts how the answers differ.

Requests go out at fixed times, whether or not those before them were answered, so that a slow
backend shows as latency; only beyond `max_concurrency` does the replay wait.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from router.compare.pair import Answer, Asked, Loss, Pair
from router.compare.tally import Tally
from router.compare.verdict import Judged
from router.model import ALL, Variant
from router.routing.snapshot import Shadow
from router.tasks import TaskOwner

NOISE_EVERY: Final = 100
"""Pairs after which it is looked anew which fields are noise."""

TOO_LARGE: Final = "too_large"
UNSAFE: Final = "unsafe_method"
NO_PATH: Final = "no_path"  # `OPTIONS *`: the same for every service
UNMASKABLE: Final = "unmaskable"  # a variant may not see all of it, and it cannot be read
TIMED_OUT: Final = "shadow_timeout"
FAILED: Final = "shadow_error"


class Asking(Protocol):
    """Both variants (`sending.Backends`)."""

    def may_ask(self, asked: Asked) -> bool: ...
    async def ask(self, asked: Asked, request_id: bytes) -> tuple[Answer, Answer]: ...


@dataclass(slots=True)
class Played:
    """What became of the requests until now.

    left_out: by reason, as in a shadow's ledger. lost: whose answers did not come whole, and why.
    """

    read: int = 0
    sent: int = 0
    left_out: Counter[str] = field(default_factory=Counter[str])
    lost: Counter[tuple[Variant, Loss]] = field(default_factory=Counter[tuple[Variant, Loss]])
    tally: Tally = field(default_factory=Tally)
    is_whole: bool = False

    @property
    def compared(self) -> int:
        return self.tally.pairs


class Replay:
    """One walk through a recording: `run` once, `played` fills meanwhile."""

    def __init__(
        self,
        service: str,
        shadow: Shadow,
        backends: Asking,
        judge: Callable[[Pair], Judged],
        *,
        rate: float,
        clock: Callable[[], float],
        now: Callable[[], float],
        request_ids: Callable[[], bytes],
    ) -> None:
        self._service = service
        self._shadow = shadow
        self._methods = frozenset(method.encode() for method in shadow.methods)
        self._backends = backends
        self._judge = judge
        self._gap = 1 / rate
        self._clock = clock
        self._now = now
        self._request_ids = request_ids
        self._room = asyncio.Semaphore(shadow.max_concurrency)
        self._noise: frozenset[str] = frozenset()
        self.played = Played()

    async def run(self, requests: AsyncIterable[Asked], owner: TaskOwner) -> None:
        """Send all of them, and return when all are answered."""
        due = self._clock()
        async for asked in requests:
            self.played.read += 1
            if (reason := self._reason(asked)) is not None:
                self.played.left_out[reason] += 1
                await asyncio.sleep(0)
                continue
            await self._room.acquire()
            due = max(due, self._clock() - 1.0)
            if (wait := due - self._clock()) > 0:
                await asyncio.sleep(wait)
            due += self._gap
            self.played.sent += 1
            owner.spawn(self._play(asked, self._is_asked_twice()), "replayed request")
        for _ in range(self._shadow.max_concurrency):
            await self._room.acquire()
        self.played.is_whole = True

    def _reason(self, asked: Asked) -> str | None:
        if asked.method not in self._methods:
            return UNSAFE
        if not asked.target.startswith(b"/"):
            return NO_PATH
        if not self._backends.may_ask(asked):
            return UNMASKABLE
        return TOO_LARGE if asked.size > self._shadow.max_body else None

    def _is_asked_twice(self) -> bool:
        """Spread `repeat` evenly: of a recording no client has chosen its place."""
        number, share = self.played.sent, self._shadow.repeat
        return number * share // ALL > (number - 1) * share // ALL

    async def _play(self, asked: Asked, twice: bool) -> None:
        try:
            request_id = self._request_ids()
            asking = [self._backends.ask(asked, request_id) for _ in range(2 if twice else 1)]
            (legacy, ai), *again = await asyncio.gather(*asking)
            pair = Pair(
                service=self._service,
                request_id=request_id,
                phase=0,
                at=self._now(),
                request=asked,
                served=None,
                legacy=legacy,
                ai=ai,
                legacy_repeat=again[0][0] if again else None,
                ai_repeat=again[0][1] if again else None,
            )
            self._count(pair)
        finally:
            self._room.release()

    def _count(self, pair: Pair) -> None:
        losses = [
            (answer.variant, answer.loss)
            for answer in (pair.legacy, pair.ai)
            if answer.loss is not None
        ]
        if losses:
            is_late = any(loss is Loss.TIMEOUT for _, loss in losses)
            self.played.left_out[TIMED_OUT if is_late else FAILED] += 1
            self.played.lost.update(losses)
            return
        tally = self.played.tally
        tally.add(self._judge(pair), self._noise)
        if tally.pairs % NOISE_EVERY == 0:
            self._noise = tally.noisy()
