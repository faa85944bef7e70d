"""Fifteen hundred slow clients beside steady traffic: does anybody else notice?"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from loadtests import family
from loadtests.backends import static
from loadtests.bench import steady
from loadtests.bench.figures import Figure
from loadtests.bench.results import OURS, Section
from loadtests.bench.servers.server import Backends, Running, Setup
from loadtests.bench.slow_clients import SlowClients
from loadtests.bench.stage import Stage
from loadtests.bench.steady import Steady
from loadtests.bench.turns import rotated

DRIPPERS: Final = 700
READERS: Final = 100
IDLERS: Final = 700
RATE: Final = 500
"""Requests a second of those who are not slow."""
P99_MS: Final = 5.0
CUT_SECONDS: Final = 15.0
LOOK_AFTER: Final = 2.0
"""Seconds after which memory is looked at: everybody is there, and nobody was cut yet."""
KIB: Final = 1024


class Found(msgspec.Struct, frozen=True):
    """One proxy with its slow clients. cut: of the drippers; cut_seconds: the last of them.

    lasted: seconds for which they were slow.
    """

    lasted: int
    p50_us: float
    p99_us: float
    max_us: float
    failed: int
    cut: int
    cut_seconds: float
    kib_each: float


def play(stage: Stage) -> Section:
    """Let each proxy have the slow clients in turn."""
    ground, core = stage.ground, stage.cores.load
    backends = Backends(
        *(static.start(ground, variant, core=core).port for variant in ("legacy", "ai"))
    )
    legacy = Running(backends.legacy, 0)
    direct = _steady(stage, legacy, stage.pace.short_seconds)
    setup = Setup(stage.cores.proxy)
    running = {each.name: each.start(stage.ground, backends, setup) for each in stage.proxies}
    found: dict[str, list[Found]] = {name: [] for name in running}
    for number in range(stage.pace.slow_rounds):
        for name in rotated(list(running), number):
            found[name].append(one := _suffer(stage, running[name]))
            stage.tell(f"{name}: p99 {one.p99_us / 1000:.2f} ms, {_cut(one)}")
    return section(found, direct)


def middle(turns: Sequence[Found]) -> Found:
    """Return the median of the latencies, but of what was cut and held the worst."""
    return Found(
        lasted=turns[0].lasted,
        p50_us=statistics.median(turn.p50_us for turn in turns),
        p99_us=statistics.median(turn.p99_us for turn in turns),
        max_us=statistics.median(turn.max_us for turn in turns),
        failed=sum(turn.failed for turn in turns),
        cut=min(turn.cut for turn in turns),
        cut_seconds=max(turn.cut_seconds for turn in turns),
        kib_each=max(turn.kib_each for turn in turns),
    )


def section(found: Mapping[str, Sequence[Found]], direct: Steady) -> Section:
    """Tell what was found."""
    middles = {name: middle(turns) for name, turns in found.items()}
    lasted = next(iter(middles.values())).lasted
    return Section(
        title="Slow clients",
        measured=(
            f"For {lasted} s {DRIPPERS} clients send a header byte by byte, {READERS} take an "
            f"answer of 4 MB in sips (the kernel takes in no more than 3), {IDLERS} idle; beside "
            f"them {RATE} requests a second in an open loop. Latencies are medians of alternating "
            "rounds, the cut is the latest and memory the most of all rounds: its rise by the "
            "number of slow clients. The first line is the others alone, with nobody slow and no "
            "proxy."
        ),
        head=["proxy", "p50 ms", "p99 ms", "longest ms", "failed", "dripped header", "KiB each"],
        rows=[_direct(direct), *(_row(name, each) for name, each in middles.items())],
        figures=list(_figures(middles)),
        meaning="Who is slow costs memory and nobody's time; a header that does not come is "
        "given up by `limits.header_timeout`, before its sender can collect many of them.",
        found=dict(found),
    )


def _figures(found: Mapping[str, Found]) -> Iterator[Figure]:
    own = found.get(OURS)
    if own is None:
        return
    yield Figure("p99 in ms beside slow clients", own.p99_us / 1000, P99_MS)
    if own.lasted > CUT_SECONDS:
        seconds = own.cut_seconds if own.cut == DRIPPERS else float(own.lasted)
        yield Figure("seconds until the last dripped header is cut", seconds, CUT_SECONDS)


def _direct(seen: Steady) -> list[str]:
    latencies = [seen.p50_us, seen.p99_us, seen.max_us]
    return ["no proxy", *(f"{each / 1000:.2f}" for each in latencies), f"{seen.failed}", "-", "-"]


def _row(name: str, each: Found) -> list[str]:
    latencies = [each.p50_us, each.p99_us, each.max_us]
    return [
        name,
        *(f"{latency / 1000:.2f}" for latency in latencies),
        f"{each.failed}",
        _cut(each),
        f"{each.kib_each:.1f}",
    ]


def _cut(each: Found) -> str:
    if each.cut < DRIPPERS:
        return f"{DRIPPERS - each.cut} open after {each.lasted} s"
    return f"cut after {each.cut_seconds:.1f} s"


def _suffer(stage: Stage, running: Running) -> Found:
    ground, core, seconds = stage.ground, stage.cores.load, stage.pace.slow_seconds
    _steady(stage, running, 1)  # so that what traffic needs is there
    before = _memory(running)
    slow = SlowClients(running.port, drippers=DRIPPERS, readers=READERS, idlers=IDLERS)
    others = steady.begin(ground, core, running.port, RATE, seconds)
    slow.run(LOOK_AFTER)
    kib_each = (_memory(running) - before) / (DRIPPERS + READERS + IDLERS) / KIB
    slow.run(seconds - LOOK_AFTER)
    [seen] = steady.finish(others, seconds)
    cuts = [each.cut_after for each in slow.drippers if each.cut_after is not None]
    slow.close()
    return Found(
        lasted=seconds,
        p50_us=seen.p50_us,
        p99_us=seen.p99_us,
        max_us=seen.max_us,
        failed=seen.failed,
        cut=len(cuts),
        cut_seconds=max(cuts, default=0.0),
        kib_each=kib_each,
    )


def _steady(stage: Stage, running: Running, seconds: int) -> Steady:
    started = steady.begin(stage.ground, stage.cores.load, running.port, RATE, seconds)
    [seen] = steady.finish(started, seconds)
    return seen


def _memory(running: Running) -> int:
    return family.own_bytes([member.pid for member in family.members(running.pid)])
