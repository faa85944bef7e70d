"""Two workers on two cores: how much more do they carry, and do they share the work?

Load and backends share these cores, so nobody can double: what counts is the cost of a request, and
that no worker idles while another is full.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from loadtests import family
from loadtests.backends import static
from loadtests.bench.checks import check
from loadtests.bench.load import Questions, Wrk
from loadtests.bench.measure import Meter
from loadtests.bench.results import Section
from loadtests.bench.servers.server import Backends, Running, Setup
from loadtests.bench.stage import Stage
from loadtests.bench.turns import WARM_UP, rotated

QUESTIONS: Final = Questions(connections=64, threads=2)
COUNTS: Final = (1, 2)


class Turn(msgspec.Struct, frozen=True):
    """One proxy under load. least_percent: of the work of two workers, the part of the lazier."""

    cpu_us: float
    per_second: float
    least_percent: float


def play(stage: Stage) -> Section:
    """Let each proxy take turns with one worker and with two."""
    ground, pace = stage.ground, stage.pace
    both = stage.cores.load, stage.cores.proxy
    backends = Backends(
        *(static.start(ground, variant, core=both).port for variant in ("legacy", "ai"))
    )
    wrk = Wrk(ground, both)
    running: dict[str, Running] = {}
    for server in stage.proxies:
        for workers in COUNTS:
            started = server.start(ground, backends, replace(Setup(both), workers=workers))
            check(server.name, started.port, QUESTIONS)
            wrk.load(started.url, QUESTIONS, WARM_UP)
            running[named(server.name, workers)] = started
    found: dict[str, list[Turn]] = {name: [] for name in running}
    for number in range(pace.free_rounds):
        for name in rotated(list(running), number):
            found[name].append(turn := _measure(wrk, running[name], pace.short_seconds))
            stage.tell(f"round {number + 1}: {name}: {turn.per_second:,.0f} requests/s")
    return section(found)


def named(proxy: str, workers: int) -> str:
    """Name a row."""
    return f"{proxy}, {workers} worker{'' if workers == 1 else 's'}"


def section(found: Mapping[str, Sequence[Turn]]) -> Section:
    """Tell what was found; there is no limit."""
    return Section(
        title="Two workers on two cores",
        measured=(
            "The small answers over 64 connections, medians of alternating rounds; proxy, load and "
            "backends share both cores. The last column is the lazier worker's part of the work "
            "of two: 50 is even."
        ),
        head=["proxy", "requests/s", "to one worker", "CPU µs a request", "lazier worker %"],
        rows=[_row(found, name) for name in found],
        figures=[],
        meaning=_meaning(found),
        found=dict(found),
    )


def _meaning(found: Mapping[str, Sequence[Turn]]) -> str:
    each = [
        f"{_cost(turns) / _cost(found[named(proxy, 1)]):.2f} with {proxy}"
        for name, turns in found.items()
        if (proxy := name.partition(", ")[0]) and name == named(proxy, 2)
    ]
    return (
        f"With two workers a request costs so many times what it costs with one: {', '.join(each)}."
        " How much more is carried depends on what load and backends leave of the cores."
    )


def _cost(turns: Sequence[Turn]) -> float:
    return statistics.median(turn.cpu_us for turn in turns)


def _row(found: Mapping[str, Sequence[Turn]], name: str) -> list[str]:
    proxy, _, workers = name.rpartition(", ")
    alone = found.get(named(proxy, 1), found[name])
    rates = [turn.per_second for turn in found[name]]
    gains = [turn.per_second / one.per_second for turn, one in zip(found[name], alone, strict=True)]
    least = statistics.median(turn.least_percent for turn in found[name])
    return [
        name,
        f"{statistics.median(rates):,.0f}",
        f"{statistics.median(gains):.2f}",
        f"{_cost(found[name]):.1f}",
        "-" if workers.startswith("1 ") else f"{least:.0f}",
    ]


def _measure(wrk: Wrk, running: Running, seconds: int) -> Turn:
    pids = [member.pid for member in family.members(running.pid)]
    before = family.thread_cpu_seconds(pids)
    with Meter(running.pid) as meter:
        load = wrk.load(running.url, QUESTIONS, seconds)
    after = family.thread_cpu_seconds(pids)
    spent = [seconds - before.get(thread, 0.0) for thread, seconds in after.items()]
    return Turn(
        cpu_us=meter.cpu_seconds / load.requests * 1e6,
        per_second=load.per_second,
        least_percent=least_percent(spent),
    )


def least_percent(spent: Sequence[float]) -> float:
    """Return which part of the work of the two busiest threads the less busy one did."""
    *_, less, most = [0.0, 0.0, *sorted(spent)]
    return 100 * less / (less + most) if most else 0.0
