"""The machine that a run was made on: what bears on the figures, and nothing that names it.

Who else used its cores meanwhile bears on them most.
"""

import os
import platform
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.family import TICK

WORK: Final = (1, 2, 3, 8)
"""User, nice, system, stolen: the fields of /proc/stat that are somebody's work.

Interrupts are nobody's, the kernel charges them to no process.
"""


@dataclass(frozen=True, slots=True)
class Cores:
    """Who runs where: the proxies on one core, wrk, backends and the bench itself on another."""

    proxy: int
    load: int


class TooFewCoresError(Exception):
    """The bench needs a core for the proxy alone."""


def choose(allowed: Sequence[int]) -> Cores:
    """Take two of the cores that we may use."""
    if len(set(allowed)) == 1:
        raise TooFewCoresError(
            f"the bench needs 2 cores, one for the proxy alone; {len(allowed)} allowed"
        )
    return Cores(proxy=max(allowed), load=min(allowed))


def allowed_cores() -> list[int]:
    """Return the cores that this process may run on."""
    return sorted(os.sched_getaffinity(0))


def machine() -> str:
    """Describe the processor and the memory."""
    cpu = Path("/proc/cpuinfo").read_text()
    memory = Path("/proc/meminfo").read_text()
    return describe(cpu, memory)


def describe(cpu: str, memory: str) -> str:
    """Pick the model, the number of cores and the memory out of the kernel's two files."""
    model = re.search(r"^model name\s*: (.+)$", cpu, re.MULTILINE)
    cores = len(re.findall(r"^processor\s*:", cpu, re.MULTILINE))
    total = re.search(r"^MemTotal:\s+(\d+) kB", memory, re.MULTILINE)
    gib = round(int(total.group(1)) / 2**20) if total else 0
    return f"{model.group(1) if model else 'unknown processor'}, {cores} cores, {gib} GiB"


def system() -> str:
    """Describe the kernel and the interpreter."""
    release = ".".join(platform.release().split(".")[:2])
    return f"Linux {release}, Python {platform.python_version()}"


@dataclass(frozen=True, slots=True)
class Use:
    """Seconds of two cores at one moment: those that passed, those of work, and our part of it."""

    passed: float
    worked: float
    ours: float


def use(cores: Cores) -> Use:
    """Look at the clock, at the kernel's count, and at what we and whom we started have cost."""
    spent = os.times()
    ours = spent.user + spent.system + spent.children_user + spent.children_system
    return Use(2 * time.monotonic(), worked_seconds(Path("/proc/stat").read_text(), cores), ours)


def worked_seconds(stat: str, cores: Cores) -> float:
    """Add up what was worked on two cores since the machine began."""
    lines = [line.split() for line in stat.splitlines()]
    own = {f"cpu{cores.proxy}", f"cpu{cores.load}"}
    return TICK * sum(int(line[field]) for line in lines if line[0] in own for field in WORK)


def others_percent(before: Use, after: Use) -> float:
    """Return how much of two cores others took: other programs, and other machines beside ours."""
    others = after.worked - before.worked - (after.ours - before.ours)
    return max(0.0, 100 * others / (after.passed - before.passed))
