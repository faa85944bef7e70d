"""How many cores this process may really use: what `workers: auto` stands for.

A machine's count says little in a container. Two things bound a process there: the cores that it
may run on (its affinity), and the time on them that its control groups grant.
"""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

CGROUPS: Final = Path("/sys/fs/cgroup")
OWN_CGROUPS: Final = Path("/proc/self/cgroup")


def usable_cores(
    affinity: int | None = None, cgroups: Path = CGROUPS, own: Path = OWN_CGROUPS
) -> int:
    """Return the number of cores, at least one.

    A quota is rounded down: one more worker than it feeds would be stopped amid requests.
    """
    most = float(len(os.sched_getaffinity(0)) if affinity is None else affinity)
    return max(1, int(min([most, *_quotas(cgroups, own)])))


def _quotas(cgroups: Path, own: Path) -> Iterator[float]:
    """Yield what each group around this process grants, in cores, by version 2 and 1."""
    for line in _text(own).splitlines():
        _, _, place = line.partition(":")
        controllers, _, group = place.partition(":")
        if not controllers:
            yield from _in_version_2(cgroups, group)
        elif "cpu" in controllers.split(","):
            for mounted in (controllers, "cpu"):
                yield from _in_version_1(cgroups / mounted, group)


def _in_version_2(root: Path, group: str) -> Iterator[float]:
    for folder in _and_its_parents(root, group):
        words = _text(folder / "cpu.max").split()
        yield from _cores(*words) if len(words) == len(("quota", "period")) else ()


def _in_version_1(root: Path, group: str) -> Iterator[float]:
    for folder in _and_its_parents(root, group):
        quota = _text(folder / "cpu.cfs_quota_us").strip()
        period = _text(folder / "cpu.cfs_period_us").strip()
        yield from _cores(quota, period)


def _and_its_parents(root: Path, group: str) -> Iterator[Path]:
    """Yield a group's folder and all above it.

    A container often sees its own group as the root, and names it by a path that is the host's:
    then only the root exists.
    """
    steps = [step for step in PurePosixPath(group).parts if step not in ("/", "..")]
    for length in range(len(steps), -1, -1):
        yield root.joinpath(*steps[:length])


def _cores(quota: str, period: str) -> Iterator[float]:
    # Without a limit the quota is `max`, in version 1 it is -1.
    if quota.isdecimal() and period.isdecimal() and int(period):
        yield int(quota) / int(period)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
