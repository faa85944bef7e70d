"""`python -m loadtests.bench`: measure, print, keep, and fail when a figure is missed."""

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from loadtests.bench import load, machine, table
from loadtests.bench.checks import WrongAnswersError
from loadtests.bench.listening import MissingEventsError
from loadtests.bench.machine import TooFewCoresError
from loadtests.bench.measure import FamilyChangedError
from loadtests.bench.plain_client import BadAnswerError
from loadtests.bench.results import Results, Section, Setting, joined
from loadtests.bench.scenes import SCENES
from loadtests.bench.scenes.bulk import DamagedBodyError
from loadtests.bench.scenes.p99 import FailedRequestsError
from loadtests.bench.servers import COMPARED, KNOWN
from loadtests.bench.servers.server import DEBIAN, Server
from loadtests.bench.stage import FULL, QUICK, Pace, Stage, raise_descriptors
from loadtests.ground import Ground, GroundError, end_on_sigterm

LATEST: Final = Path("loadtests/bench/results/latest.json")
PAGE: Final = Path("docs/benchmarks.md")

KNOWN_FAILURES: Final = (
    GroundError,
    WrongAnswersError,
    MissingEventsError,
    DamagedBodyError,
    FailedRequestsError,
    BadAnswerError,
    FamilyChangedError,
    OSError,
)
"""A scene that fails in one of these ways is named; the others are played all the same."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What this run is to do."""

    servers: tuple[Server, ...]
    scenes: tuple[str, ...]
    pace: Pace
    may_fail: bool
    is_again: bool = False

    @property
    def is_full(self) -> bool:
        """Only a full run is worth a page in the docs."""
        names = {server.name for server in self.servers}
        is_compared = {server.name for server in COMPARED} <= names
        return is_compared and set(self.scenes) == set(SCENES) and self.pace == FULL


def main(arguments: Sequence[str]) -> int:
    """Run the bench; 0: every scene was played, and every figure that was measured is met."""
    plan = read_plan(arguments)
    end_on_sigterm()
    if missing := [name for server in plan.servers if (name := server.missing())]:
        return _refuse(f"not installed: {', '.join(missing)}")
    if load.is_missing():
        return _refuse(f"not installed: wrk ({DEBIAN})")
    try:
        results = measure_again(plan) if plan.is_again else measure(plan)
    except (TooFewCoresError, GroundError, ValueError) as failure:
        return _refuse(str(failure))
    keep(results)
    print(f"\n{table.page(results)}")
    missed = results.failed or any(not figure.is_met for figure in results.figures)
    return 1 if missed and plan.may_fail else 0


def read_plan(arguments: Sequence[str]) -> Plan:
    """Understand the command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench", description=__doc__)
    names = [_word(server) for server in KNOWN]
    parser.add_argument("--only", nargs="+", choices=names, help="these proxies alone")
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--rounds", type=int, help="turns of each proxy")
    parser.add_argument("--seconds", type=int, help="of each turn")
    parser.add_argument("--quick", action="store_true", help="a few seconds a scene")
    parser.add_argument(
        "--again",
        action="store_true",
        help="only what the last full run missed; the page says that it was played twice",
    )
    parser.add_argument("--no-fail", action="store_true", help="exit 0 also for a missed figure")
    asked = parser.parse_args(arguments)
    chosen = [server for server in KNOWN if asked.only and _word(server) in asked.only]
    return Plan(
        servers=tuple(chosen) or COMPARED,
        scenes=tuple(scene for scene in SCENES if scene in asked.scenes),
        pace=_pace(QUICK if asked.quick else FULL, asked.rounds, asked.seconds),
        may_fail=not asked.no_fail,
        is_again=asked.again,
    )


def measure(plan: Plan) -> Results:
    """Play the scenes one after the other, each on a ground of its own."""
    cores = machine.choose(machine.allowed_cores())
    raise_descriptors()
    os.sched_setaffinity(0, {cores.load})
    scenes: dict[str, Section] = {}
    failed: dict[str, str] = {}
    setting = describe(plan)
    before = machine.use(cores)
    for name in plan.scenes:
        began = time.monotonic()
        with Ground() as ground:
            stage = Stage(ground, cores, plan.servers, plan.pace, partial(_tell, name))
            try:
                scenes[name] = SCENES[name](stage)
            except KNOWN_FAILURES as failure:
                failed[name] = str(failure)
                _tell(name, f"FAILED: {failure}")
        _tell(name, f"took {time.monotonic() - began:.0f} s")
    others = machine.others_percent(before, machine.use(cores))
    setting = msgspec.structs.replace(setting, others_percent=others)
    return Results(setting, scenes, failed, is_full=plan.is_full)


def measure_again(plan: Plan) -> Results:
    """Play what the last full run missed once more; raise ValueError where there is none."""
    if not plan.is_full:
        raise ValueError("--again plays what a full run missed, as long as that")
    if not LATEST.is_file():
        raise ValueError("there was no run yet")
    last = msgspec.json.decode(LATEST.read_bytes(), type=Results)
    missed = tuple(name for name, scene in last.scenes.items() if scene.missed)
    if not last.is_full or last.failed or not missed:
        raise ValueError("the last run was not a full one, or it missed nothing")
    return joined(last, measure(replace(plan, scenes=missed)))


def describe(plan: Plan) -> Setting:
    """Say where and with what this run is made."""
    with Ground() as ground:
        versions = {server.name: server.version(ground) for server in plan.servers}
    return Setting(
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        machine=machine.machine(),
        system=machine.system(),
        versions={**versions, "wrk": load.version()},
    )


def keep(results: Results) -> None:
    """Write the JSON, and after a full run in which nothing failed the page."""
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    LATEST.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    if results.is_full and not results.failed:
        PAGE.write_text(table.renew(PAGE.read_text(), table.page(results)))


def _pace(pace: Pace, rounds: int | None, seconds: int | None) -> Pace:
    if rounds is not None:
        fields = ("rounds", "short_rounds", "free_rounds", "listening_rounds", "slow_rounds")
        pace = replace(pace, **dict.fromkeys(fields, rounds))
    if seconds is not None:
        pace = replace(pace, seconds=seconds, short_seconds=seconds)
    return pace


def _word(server: Server) -> str:
    return server.name.lower().replace(" ", "-")


def _tell(scene: str, line: str) -> None:
    print(f"{scene}: {line}", flush=True)


def _refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
