"""What a run of the bench found: plain values that become JSON, a page and a verdict."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from loadtests.bench.figures import Figure

OURS: Final = "Gray Router"


class Round(msgspec.Struct, frozen=True):
    """One proxy's turn under load. cpu_us: CPU time of its whole family by request answered."""

    cpu_us: float
    per_second: float
    p50_us: int
    p99_us: int
    memory_mib: float
    ai_percent: float


class Section(msgspec.Struct, frozen=True):
    """One scene's part of the page.

    measured: what was done. meaning: what it says to a reader. found: every single measurement.
    missed_at_first: what was missed when the scene was played before this time.
    """

    title: str
    measured: str
    head: list[str]
    rows: list[list[str]]
    figures: list[Figure]
    meaning: str
    found: dict[str, Any]
    missed_at_first: list[Figure] = []

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if not figure.is_met]


class Setting(msgspec.Struct, frozen=True):
    """Where and how it was measured. others_percent: of the two cores' time, what others took."""

    date: str
    machine: str
    system: str
    versions: dict[str, str]
    others_percent: float = 0.0


class Results(msgspec.Struct, frozen=True):
    """A whole run, by scene. failed: the scenes that could not be played, and why.

    is_full: all scenes were played at full length, by everybody who is compared.
    """

    setting: Setting
    scenes: dict[str, Section]
    failed: dict[str, str]
    is_full: bool = False

    @property
    def figures(self) -> list[Figure]:
        return [figure for scene in self.scenes.values() for figure in scene.figures]


def joined(first: Results, again: Results) -> Results:
    """Put scenes that were played again in their places, with what they missed at first.

    Raise ValueError where the two are not of the same machine and programs.
    """
    one, other = first.setting, again.setting
    if (one.machine, one.system, one.versions) != (other.machine, other.system, other.versions):
        raise ValueError("the last run was made elsewhere, or with other versions")
    scenes = first.scenes | {
        name: msgspec.structs.replace(scene, missed_at_first=first.scenes[name].missed)
        for name, scene in again.scenes.items()
    }
    others = max(one.others_percent, other.others_percent)
    setting = msgspec.structs.replace(one, others_percent=others)
    return Results(setting, scenes, again.failed, is_full=first.is_full)


Rounds = Mapping[str, Sequence[Round]]
"""By the name of the proxy, one for each round."""


def median(rounds: Sequence[Round], field: str) -> float:
    """Return the median of one column over the rounds."""
    return float(statistics.median(getattr(each, field) for each in rounds))


def ratio(rounds: Rounds, name: str, against: str) -> float | None:
    """Compare the CPU of two proxies: the median of the ratios within each round.

    A machine's speed drifts over minutes; within a round the two ran side by side.
    """
    if name not in rounds or against not in rounds:
        return None
    pairs = zip(rounds[name], rounds[against], strict=True)
    return statistics.median(mine.cpu_us / theirs.cpu_us for mine, theirs in pairs)
