"""What it costs that replicas add up what they count.

`python -m loadtests.tallies [REPLICAS SERVICES]`; all services are busy on all replicas, which is
the most that it can cost.
"""

import asyncio
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from router.control.effect import Answers
from router.control.fleet.counting import Counting, Ours
from router.release.state import Release
from router.replica.membership import Presence
from router.store.redis import RedisStore
from router.wire.counting import GIST_LENGTH
from tests.support.redis_servers import Redis, running, store_in

SECONDS: Final = 10
BUSY: Final = 12
"""Numbers of a gist that change within a second."""


@dataclass
class Replica:
    """One that has counted something more of each service each time it is asked."""

    store: RedisStore
    name: str
    services: int
    seconds: int = 0
    members: Sequence[Presence] = ()
    spent: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        names = [f"service-{number:03}" for number in range(self.services)]
        self.releases = [Release(name, epoch=1, revision=9, phase=7) for name in names]
        self.counting = Counting(
            self.store,
            self.name,
            Ours(self._gists, lambda: self.releases, lambda _: Answers(self.seconds, self.seconds)),
            lambda: [each for each in self.members if each.instance != self.name],
            clock=time.monotonic,
            keep=lambda: 25.0,
        )

    def _gists(self) -> dict[str, tuple[int, ...]]:
        gist = (*[self.seconds * 997] * BUSY, *[0] * (GIST_LENGTH - BUSY))
        return {release.service: gist for release in self.releases}

    async def second(self) -> None:
        self.seconds += 1
        begun = time.process_time()
        await self.counting.exchange(self.store)
        self.spent.append(time.process_time() - begun)


def figure(server: Redis, section: str, name: str) -> float:
    """Read a figure of the server."""
    (found,) = re.findall(rf"{name}[=:]([0-9.]+)", server.tell("INFO", section).decode())
    return float(found)


async def measure(server: Redis, replicas: int, services: int) -> str:
    """Let them exchange what they count, one after the other; return what it cost."""
    prefix = secrets.token_hex(4)
    crowd = [Replica(store_in(server, prefix), f"instance-{n}", services) for n in range(replicas)]
    members = [Presence(each.name, each.name) for each in crowd]
    for each in crowd:
        each.members = members
        await each.second()
    server.tell("CONFIG", "RESETSTAT")
    for _ in range(SECONDS):
        for each in crowd:
            await each.second()
    busy = figure(server, "commandstats", "cmdstat_eval:calls=[0-9]+,usec") / 1e6 / SECONDS
    read, written = (
        figure(server, "stats", f"total_net_{way}_bytes") / 1e6 / SECONDS
        for way in ("output", "input")
    )
    memory = figure(server, "memory", "used_memory") / 1e6
    spent = sorted(seconds for each in crowd for seconds in each.spent[1:])
    for each in crowd:
        await each.store.close()
    return (
        f"{replicas} replicas, {services} services, all busy, each second: "
        f"{spent[len(spent) // 2] * 1000:.1f} ms of a replica (at most {spent[-1] * 1000:.1f}), "
        f"{busy * 100:.1f} % of Redis' processor, {written:.2f} MB into it, {read:.2f} MB out; "
        f"it holds {memory:.1f} MB"
    )


def main(replicas: int = 10, services: int = 300) -> None:
    """Print what it costs."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        print(asyncio.run(measure(server, replicas, services)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
