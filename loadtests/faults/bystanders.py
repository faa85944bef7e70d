"""Whether the cores were ours: what other processes, and other machines on the same host, used."""

import os
import resource
import time
from dataclasses import dataclass
from typing import Final, Self

from loadtests import family

BUSY: Final = (0, 1, 2, 5, 6, 7)
"""user, nice, system, irq, softirq, steal: proc_stat(5)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds at some time: everybody's, and ours."""

    at: float
    busy: float
    own: float


def share_of_others(before: Reading, after: Reading, cores: int) -> float:
    """Return which part of the cores' time others had, from 0 to 1."""
    others = (after.busy - before.busy) - (after.own - before.own)
    # The kernel counts in ticks: within a short time there may be more or less than there was.
    return min(1.0, max(0.0, others) / (cores * (after.at - before.at)))


def parse_busy(stat: str) -> float:
    """Read how long all cores have worked; the first line of /proc/stat is their sum."""
    fields = stat.splitlines()[0].split()[1:]
    return sum(int(fields[at]) for at in BUSY) * family.TICK


class Bystanders:
    """Use it as a context; `share` stands afterwards.

    The kernel forgets what an orphan used that we did not reap: some of ours counts as theirs.
    """

    share = 0.0

    def __enter__(self) -> Self:
        self._before = _read()
        return self

    def __exit__(self, *_: object) -> None:
        self.share = share_of_others(self._before, _read(), os.cpu_count() or 1)


def _read() -> Reading:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = family.cpu_seconds(family.members(os.getpid())) + ended.ru_utime + ended.ru_stime
    return Reading(time.monotonic(), parse_busy((family.PROC / "stat").read_text()), own)
