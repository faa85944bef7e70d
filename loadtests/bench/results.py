"""What a run of the bench found: plain values that become JSON, a table and a verdict."""

import statistics
from collections.abc import Mapping, Sequence

import msgspec


class Round(msgspec.Struct, frozen=True):
    """One proxy's turn under load. cpu_us: CPU time of its whole family by request answered."""

    cpu_us: float
    per_second: float
    p50_us: int
    p99_us: int
    memory_mib: float
    ai_percent: float


class Delays(msgspec.Struct, frozen=True):
    """How long events were under way, from the backend's write to the reader's wake-up."""

    events: int
    median_ms: float
    p99_ms: float
    max_ms: float


class Transfer(msgspec.Struct, frozen=True):
    """One large body's way through a proxy."""

    what: str
    mib: int
    seconds: float
    rise_mib: float


class Setting(msgspec.Struct, frozen=True):
    """Where and how it was measured."""

    date: str
    machine: str
    system: str
    versions: dict[str, str]
    rounds: int
    seconds: int
    connections: int


class Results(msgspec.Struct, frozen=True):
    """A whole run, by scene and by the name of the proxy."""

    setting: Setting
    split: dict[str, list[Round]]
    events: dict[str, Delays]
    bulk: dict[str, list[Transfer]]


def median(rounds: Sequence[Round], field: str) -> float:
    """Return the median of one column over the rounds."""
    return float(statistics.median(getattr(each, field) for each in rounds))


def ratio(split: Mapping[str, Sequence[Round]], name: str, against: str) -> float | None:
    """Compare the CPU of two proxies: the median of the ratios within each round.

    A machine's speed drifts over minutes; within a round the two ran side by side.
    """
    if name not in split or against not in split:
        return None
    pairs = zip(split[name], split[against], strict=True)
    return statistics.median(mine.cpu_us / theirs.cpu_us for mine, theirs in pairs)
