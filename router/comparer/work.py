"""The work of the comparer: take → draw → judge → count → sample, within the budget.

Memory is bounded: by `waiting` (64 MiB of pairs), `outbox` (16 MiB of samples), `counting` (64
phases of a service with 300 fields each), and one batch of each worker that is half read. A service
with a function of its own may have 16 MiB of pairs more that wait for it; messages of a stream that
are judged by half (`parcels`) 64 MiB.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Final

from router.compare.pair import Pair
from router.compare.verdict import Result
from router.comparer.budget import Budget
from router.comparer.counting import Counting
from router.comparer.custom import Custom
from router.comparer.judging import Judging, Outcome, Shown, Weighted
from router.comparer.outbox import Outbox
from router.comparer.parcels import Parcel, Parcels
from router.comparer.reservoir import Reservoir
from router.comparer.sampling import Draw, is_drawn
from router.comparer.waiting import Waiter, Waiting
from router.tasks import TaskOwner
from router.wire.comparing import Sample

MOST_AT_ONCE: Final = 128
"""Pairs, and ..."""
MOST_BYTES_AT_ONCE: Final = 4 * 1024 * 1024
"""... bytes that are handed to the judging thread in one piece: handing over costs 50 µs."""

LONGEST_PAUSE: Final = 0.1
"""Seconds after which banks are looked at again, whatever they said."""

SAMPLED_OUT: Final = "sampled_out"
DROPPED: Final = "dropped"
"""Of a service that is not compared (any more)."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """stopwatch: monotonic seconds. wall: Unix seconds. cpu: what this process used in all."""

    stopwatch: Callable[[], float]
    wall: Callable[[], float]
    cpu: Callable[[], float]


class Work:
    """Owns all that waits and all that was counted. ``thread``: where the judging is done."""

    def __init__(
        self,
        draw: Draw,
        reservoir: Reservoir,
        clocks: Clocks,
        thread: Executor,
        tasks: TaskOwner,
    ) -> None:
        self._draw = draw
        self._reservoir = reservoir
        self._clocks = clocks
        self._thread = thread
        self._tasks = tasks
        self._judging: Judging | None = None
        self._customs: Mapping[str, Custom] = {}
        self._budget = Budget(clocks.stopwatch(), clocks.cpu())
        self._wanted = asyncio.Event()
        self._is_judging = False
        self._asked = 0
        self.waiting = Waiting()
        self.parcels = Parcels()
        self.counting = Counting()
        self.outbox = Outbox()
        self.results: dict[str, dict[str, int]] = {}

    def compare_by(
        self, judging: Judging, shares: Mapping[str, float], customs: Mapping[str, Custom]
    ) -> None:
        """Compare the pairs of these services from now on, for so much of a core each.

        What is being judged at the moment is finished by the rules before. ``customs``: functions
        that some of them have to judge as well.
        """
        self._judging = judging
        self._customs = customs
        self._budget.allow(shares)
        for service in list(self.waiting.services()):
            if service not in shares:
                self._leave_out(service, DROPPED, self.waiting.drop(service))

    def is_compared(self, service: str) -> bool:
        """Whether there are rules for it."""
        return self._budget.knows(service)

    def take(self, pairs: Iterable[Pair], parcel: Parcel | None = None) -> int:
        """Have pairs wait, as far as they are drawn; return how many do.

        parcel: what all of them are counted with.
        """
        before = len(self.waiting)
        for pair in pairs:
            service = pair.service
            level = self._budget.arrive(service)
            if level is None:
                self.note(service, DROPPED)
                continue
            if pair.weight > 1:  # its worker has left out those for which it stands
                self.note(service, SAMPLED_OUT, pair.weight - 1)
            drawn = self._draw.number(pair.request_id)
            if is_drawn(drawn, level):
                self.waiting.add(pair, drawn, level, parcel)
                if parcel is not None:
                    parcel.left += 1
            else:
                self.note(service, SAMPLED_OUT)
        if parcel is not None:
            self.parcels.one_less(parcel)
        self._wanted.set()
        return len(self.waiting) - before

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, and nothing is being judged."""
        is_waiting = len(self.waiting) or self.parcels.whole
        return not is_waiting and not self._is_judging and not self._asked

    def told(self) -> tuple[dict[str, int], float]:
        """Return for how many pairs each one stands, by service, and the seconds of a core used."""
        return self._budget.weights(), self._clocks.cpu()

    async def run(self, on_easy: Callable[[], None]) -> None:
        """Judge what waits, for ever; ``on_easy`` is called when there is room again."""
        while True:
            await self._wanted.wait()
            await self.step()
            if self.waiting.is_easy:
                on_easy()
            if not len(self.waiting) and not self.parcels.whole:
                self._wanted.clear()

    async def step(self) -> None:
        """Judge a batch of every service that may; pause where none may."""
        budget, waiting = self._budget, self.waiting
        budget.flow(self._clocks.stopwatch())
        services = list(waiting.services())
        able = [service for service in services if budget.may(service)]
        self._is_judging = True
        await self._count_whole()
        for service in able:
            await self._judge(service)
        self._is_judging = False
        # Rules may have come meanwhile, and services gone.
        pauses = [budget.wait(service) for service in services if budget.knows(service)]
        if pauses and not able:
            await asyncio.sleep(min(*pauses, LONGEST_PAUSE))

    def look(self) -> None:
        """Choose anew which part of the pairs is compared, and learn what is noise."""
        self.counting.tidy(self._clocks.wall())
        before = self._budget.weights()
        waiting = self.waiting.numbers()
        self._budget.look(self._clocks.stopwatch(), self._clocks.cpu(), waiting)
        for service, weight in self._budget.weights().items():
            if weight > before[service]:
                dropped = self.waiting.thin(service, self._budget.level(service))
                self._leave_out(service, SAMPLED_OUT, dropped)

    def note(self, service: str, result: str, number: int = 1) -> None:
        """Count what became of so many pairs."""
        if number:
            results = self.results.setdefault(service, {})
            results[result] = results.get(result, 0) + number

    async def _judge(self, service: str) -> None:
        judging, batch = self._judging, self._batch(service)
        if judging is None:
            return
        loop = asyncio.get_running_loop()
        weighted = [Weighted(each.pair, each.pair.weight << each.level) for each in batch]
        outcomes = await loop.run_in_executor(self._thread, judging.judge, weighted)
        self._put_back(service, batch[len(outcomes) :])
        for each in outcomes:
            self._budget.spend(service, each.seconds, compared=1)
        custom = self._customs.get(service)
        done = list(zip([waiter.parcel for waiter in batch], outcomes, strict=False))
        if custom is None:
            await self._finish(judging, done)
            return
        for parcel, each in done:
            self._asked += 1
            asking = self._ask(custom, judging, parcel, each)
            self._tasks.spawn(asking, "a service's own function")

    def _put_back(self, service: str, batch: Sequence[Waiter]) -> None:
        if not self.is_compared(service):  # its rules went while a part of it was judged
            self._leave_out(service, DROPPED, batch)
            return
        for waiter in reversed(batch):
            self.waiting.put_back(waiter)

    async def _ask(
        self, custom: Custom, judging: Judging, parcel: Parcel | None, outcome: Outcome
    ) -> None:
        try:
            judged = await custom.judged(outcome.pair, outcome.judged)
            await self._finish(judging, [(parcel, replace(outcome, judged=judged))])
        finally:
            self._asked -= 1

    async def _finish(
        self, judging: Judging, done: Iterable[tuple[Parcel | None, Outcome]]
    ) -> None:
        """Count pairs, or put them to those that they are counted with."""
        alone: list[Outcome] = []
        for parcel, outcome in done:
            if parcel is None:
                alone.append(outcome)
            else:
                parcel.put(judging, outcome)
                self.parcels.one_less(parcel)
        await self._show(judging, self._count_all(alone))
        await self._count_whole()

    async def _count_whole(self) -> None:
        """Count each parcel of which nothing is left to judge."""
        while self.parcels.whole:
            parcel = self.parcels.whole.pop()
            # Nobody is awaited in between: who tells what was counted finds all of it, or nothing.
            shown = self._count_all(parcel.judged)
            self.parcels.counted.append(parcel)
            await self._show(parcel.judging, shown)

    def _count_all(self, outcomes: Iterable[Outcome]) -> list[Shown]:
        """Count pairs; return those that are to be shown."""
        return [it for each in outcomes if (it := self._count(each)) is not None]

    async def _show(self, judging: Judging | None, shown: Sequence[Shown]) -> None:
        """Make samples."""
        if judging is not None and shown:
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._thread, judging.portray, shown)
            self._keep(shown[0].pair.service, *made)

    def _batch(self, service: str) -> list[Waiter]:
        batch: list[Waiter] = []
        size = 0
        for _ in range(MOST_AT_ONCE):
            if not self.waiting.has(service) or size > MOST_BYTES_AT_ONCE:
                break
            waiter = self.waiting.take(service)
            batch.append(waiter)
            size += waiter.size
        return batch

    def _count(self, outcome: Outcome) -> Shown | None:
        """Count a pair; return it if it is to be shown."""
        judged = outcome.judged
        try:
            result = self.counting.add(judged)
        except Exception as error:  # noqa: BLE001 - as where it is judged: it costs its pair alone
            if self._judging is not None:
                self._judging.on_failure(error)
            result = Result.ERROR
        self.note(judged.service, result.value)
        if not self._reservoir.takes(judged, result, self._clocks.stopwatch()):
            return None
        return Shown(outcome.pair, judged, result)

    def _keep(self, service: str, samples: list[Sample], seconds: float) -> None:
        self._budget.spend(service, seconds)
        for sample in samples:
            self.outbox.add(sample, self._clocks.stopwatch())

    def _leave_out(self, service: str, result: str, waiters: Sequence[Waiter]) -> None:
        self.note(service, result, len(waiters))
        for waiter in waiters:
            if waiter.parcel is not None:
                self.parcels.one_less(waiter.parcel)
        self._wanted.set()
