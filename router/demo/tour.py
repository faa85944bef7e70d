"""The story: customers keep coming while the percentage walks up, and back to 0 in one call.

Customers come at fixed times, whether or not the ones before them have been answered; a slow answer
therefore shows as latency and does not thin out the traffic.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from router.demo.comparison import Seen
from router.demo.plan import Plan, Step
from router.demo.shoppers import Visit, visits
from router.demo.tally import Answer, Tally
from router.tasks import TaskOwner

MOST_WAITING: Final = 400
"""Unanswered visits beyond which nobody new comes in: the machine is too slow for the plan."""

LOOKS: Final = 10
BETWEEN_LOOKS: Final = 0.5
"""Seconds."""


class Desk(Protocol):
    """Where customers go."""

    async def ask(self, visit: Visit, step: int | None) -> Answer: ...


class Operator(Protocol):
    """Who sets percentages, and returns once the new one holds everywhere; who compares."""

    async def set_percent(self, percent: int, reason: str) -> None: ...
    async def compared(self) -> Seen | None: ...


class Tour:
    """One walk through a plan. `tally` fills while `run` runs."""

    def __init__(
        self,
        plan: Plan,
        tally: Tally,
        desk: Desk,
        operator: Operator,
        *,
        clock: Callable[[], float],
        on_step: Callable[[int], None],
    ) -> None:
        self._plan = plan
        self._tally = tally
        self._desk = desk
        self._operator = operator
        self._clock = clock
        self._on_step = on_step
        self._waiting = asyncio.Semaphore(MOST_WAITING)

    async def run(self, owner: TaskOwner) -> None:
        """Walk through all steps; every task belongs to ``owner``, who hears of their deaths."""
        await self._enter(0, self._plan.steps[0])
        traffic = owner.spawn(self._let_customers_come(owner), "traffic")
        for number, step in enumerate(self._plan.steps):
            if number:
                await self._enter(number, step)
            await asyncio.sleep(step.seconds)
            if not number:
                await self._compare()
            self._on_step(number)
        traffic.cancel()
        await self._until_all_are_answered()

    async def _enter(self, number: int, step: Step) -> None:
        self._tally.call(number, self._clock())
        if number:
            await self._operator.set_percent(step.percent, f"tour, step {number}")
        # The router starts at 0, so the first step holds from the beginning.
        self._tally.acknowledge(number, self._clock())

    async def _compare(self) -> None:
        """Look at what was compared; it is kept about a second after it was answered."""
        for _ in range(LOOKS):
            self._tally.compared = await self._operator.compared()
            if self._tally.compared is not None:
                return
            await asyncio.sleep(BETWEEN_LOOKS)

    async def _let_customers_come(self, owner: TaskOwner) -> None:
        crowd = visits(self._plan.customers, self._plan.seed)
        due = self._clock()
        while True:
            await self._waiting.acquire()
            owner.spawn(self._serve(next(crowd)), "visit")
            due = max(due + 1 / self._plan.tickets_per_second, self._clock() - 1.0)
            if (wait := due - self._clock()) > 0:
                await asyncio.sleep(wait)

    async def _serve(self, visit: Visit) -> None:
        try:
            self._tally.add(await self._desk.ask(visit, self._tally.settled_step))
        finally:
            self._waiting.release()

    async def _until_all_are_answered(self) -> None:
        for _ in range(MOST_WAITING):
            await self._waiting.acquire()
