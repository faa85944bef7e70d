"""Everything that decides, serves and remembers releases, put together once."""

from collections.abc import Callable
from typing import Final

from router.control.broadcast import Broadcast, Stands
from router.control.clocks import Clocks
from router.control.conductor import Conductor, Obstacles
from router.control.custody import Custody
from router.control.plan import Plan
from router.control.rollbacks import Means
from router.control.served import Served
from router.control.telemetry import Totals
from router.tasks import TaskOwner

KNOWN_WITHIN: Final = 1.0
"""Seconds that a start waits for what is remembered; without it everything begins at 0."""


class Releasing:
    """`start` as early as possible, `begin` when the endpoints are known, `close` at the end."""

    def __init__(
        self,
        plan: Plan,
        broadcast: Broadcast,
        totals: Callable[[], Totals],
        tasks: TaskOwner,
        *,
        replace: Callable[[str], bool],
        obstacles: Obstacles,
    ) -> None:
        clocks = Clocks(plan.clock, plan.stopwatch, plan.boottime)
        self._tasks = tasks
        self._ledger = plan.ledger()
        self.store: Final = self._ledger.store
        self._served = Served(plan.release_plans, plan.compile, broadcast, totals)
        means = Means(
            ledger=self._ledger,
            workers=broadcast,
            replace=replace,
            clocks=clocks,
            tasks=tasks,
            replica=plan.replica,
            lease=plan.lease,
        )
        self.conductor: Final = Conductor(
            self._served, broadcast, means, obstacles=obstacles, totals=totals
        )
        self.custody: Final = Custody(self._served, self.conductor.keeping, self._ledger, clocks)

    def start(self, seen: Stands) -> None:
        """Find out how everything stood; ``seen``: by what a predecessor's workers serve."""
        self._tasks.spawn(self.custody.run(seen), "custody")

    async def begin(self, above: int) -> None:
        """Publish the first snapshot, as a later one than version ``above``."""
        await self.custody.known(KNOWN_WITHIN)
        self._served.begin(above)

    async def close(self) -> None:
        """Keep what is owed, and let go of store and journal."""
        await self._ledger.close()
