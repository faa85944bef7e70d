"""A supervisor's plan of one service, with fake workers and a store in memory."""

import asyncio
import sys
import time
from pathlib import Path

from router.control.conductor import Conductor
from router.control.plan import Adopt, Plan, Prepare
from router.control.reload_report import Cause, Report, Standing
from router.model import Address, BasisPoints
from router.release.plan import ReleasePlan
from tests.support import fake_worker
from tests.support.ledgers import Machine
from tests.support.releases import compiled

ANYWHERE = Address("127.0.0.1", 0)


class Reloads:
    """A reloader that takes whatever plan lies in `wanted`, and says who asked for it."""

    def __init__(self, _: Conductor, prepare: Prepare, adopt: Adopt) -> None:
        self._prepare = prepare
        self._adopt = adopt
        self.standing = Standing("abc", 0.0)
        self.wanted: Plan | None = None
        self.causes = asyncio.Queue[Cause]()

    async def reload(self, cause: Cause, *, reshuffle: bool = False) -> Report:
        assert self.wanted is not None
        await self._prepare(self.wanted)
        published = self._adopt(self.wanted)
        return Report("def", is_changed=True, added=tuple(each.name for each in published.services))

    async def try_to_reload(self, cause: Cause) -> None:
        self.causes.put_nowait(cause)

    async def watch(self) -> None:
        await asyncio.Event().wait()


def planned(
    state_dir: Path, told: list[str], *worker_options: str, admin: Address = ANYWHERE
) -> Plan:
    return Plan(
        listen=[Address("127.0.0.1", 0)],
        admin=admin,
        workers=1,
        state_dir=state_dir,
        lease=15.0,
        ledger=lambda: Machine().ledger,
        release_plans={"support": ReleasePlan((BasisPoints(500),))},
        sticky=frozenset({"support"}),
        compile=compiled,
        drain_timeout=1.0,
        clock=time.time,
        stopwatch=time.monotonic,
        boottime=time.monotonic,
        replica="r1",
        instance="i1",
        reloader=Reloads,
        notify=lambda *lines: told.extend(lines),
        worker=(sys.executable, fake_worker.__file__, *worker_options),
    )
