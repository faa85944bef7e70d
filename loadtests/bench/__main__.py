"""`python -m loadtests.bench`: measure, print, keep, and fail when a figure is missed."""

import argparse
import datetime as dt
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from loadtests.bench import load, machine, table
from loadtests.bench.figures import figures
from loadtests.bench.machine import Cores, TooFewCoresError
from loadtests.bench.measure import FamilyChangedError
from loadtests.bench.results import Delays, Results, Round, Setting, Transfer
from loadtests.bench.scenes import bulk, events
from loadtests.bench.scenes.bulk import DamagedBodyError
from loadtests.bench.scenes.events import MissingEventsError
from loadtests.bench.scenes.split import SplitScene, WrongSplitError
from loadtests.bench.servers import COMPARED, KNOWN
from loadtests.bench.servers.server import DEBIAN, Server
from loadtests.ground import Ground, GroundError, end_on_sigterm

SCENES: Final = ("split", "events", "bulk")
LATEST: Final = Path("loadtests/bench/results/latest.json")
PAGE: Final = Path("docs/benchmarks.md")
FULL_ROUNDS: Final = 7
FULL_SECONDS: Final = 4
FULL_MIB: Final = 1024
QUICK_MIB: Final = 128

KNOWN_FAILURES: Final = (
    GroundError,
    WrongSplitError,
    MissingEventsError,
    DamagedBodyError,
    FamilyChangedError,
    TooFewCoresError,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What this run is to do."""

    servers: tuple[Server, ...]
    scenes: tuple[str, ...]
    rounds: int
    seconds: int
    mib: int
    may_fail: bool

    @property
    def is_full(self) -> bool:
        """Only a full run is worth a page in the docs."""
        everything = set(COMPARED) <= set(self.servers) and set(self.scenes) == set(SCENES)
        return everything and self.rounds >= FULL_ROUNDS and self.mib >= FULL_MIB


def main(arguments: Sequence[str]) -> int:
    """Run the bench; 0: every figure that was measured is met."""
    plan = read_plan(arguments)
    end_on_sigterm()
    if missing := [name for server in plan.servers if (name := server.missing())]:
        return _refuse(f"not installed: {', '.join(missing)}")
    if load.is_missing():
        return _refuse(f"not installed: wrk ({DEBIAN})")
    try:
        results = measure(plan)
    except KNOWN_FAILURES as failure:
        return _refuse(str(failure))
    keep(results, plan)
    print(f"\n{table.page(results)}")
    missed = [figure for figure in figures(results) if not figure.is_met]
    return 1 if missed and plan.may_fail else 0


def read_plan(arguments: Sequence[str]) -> Plan:
    """Understand the command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench", description=__doc__)
    names = [_word(server) for server in KNOWN]
    parser.add_argument("--only", nargs="+", choices=names, help="these proxies alone")
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--rounds", type=int, default=FULL_ROUNDS)
    parser.add_argument("--seconds", type=int, default=FULL_SECONDS, help="of each round")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 1 s, small bodies")
    parser.add_argument("--no-fail", action="store_true", help="exit 0 also for a missed figure")
    asked = parser.parse_args(arguments)
    chosen = [server for server in KNOWN if asked.only and _word(server) in asked.only]
    return Plan(
        servers=tuple(chosen) or COMPARED,
        scenes=tuple(asked.scenes),
        rounds=2 if asked.quick else asked.rounds,
        seconds=1 if asked.quick else asked.seconds,
        mib=QUICK_MIB if asked.quick else FULL_MIB,
        may_fail=not asked.no_fail,
    )


def measure(plan: Plan) -> Results:
    """Play the scenes one after the other, each on a ground of its own."""
    cores = machine.choose(machine.allowed_cores())
    os.sched_setaffinity(0, {cores.load})
    setting = describe(plan)
    streaming = [server for server in plan.servers if server in COMPARED]
    return Results(
        setting=setting,
        split=_split(plan, cores) if "split" in plan.scenes else {},
        events=_events(plan, cores, streaming) if "events" in plan.scenes else {},
        bulk=_bulk(plan, cores, streaming) if "bulk" in plan.scenes else {},
    )


def describe(plan: Plan) -> Setting:
    """Say where and with what this run is made."""
    with Ground() as ground:
        versions = {server.name: server.version(ground) for server in plan.servers}
    return Setting(
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        machine=machine.machine(),
        system=machine.system(),
        versions={**versions, "wrk": load.version()},
        rounds=plan.rounds,
        seconds=plan.seconds,
        connections=load.CONNECTIONS,
    )


def _split(plan: Plan, cores: Cores) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {server.name: [] for server in plan.servers}
    with Ground() as ground:
        turns = SplitScene(ground, cores).run(plan.servers, plan.rounds, plan.seconds)
        for number, name, measured in turns:
            found[name].append(measured)
            _tell(f"split, round {number + 1}: {name} {measured.cpu_us:.1f} µs a request")
    return found


def _events(plan: Plan, cores: Cores, servers: Sequence[Server]) -> dict[str, Delays]:
    found: dict[str, Delays] = {}
    with Ground() as ground:
        for name, delays in events.run(ground, cores, servers, max(plan.seconds, 2)):
            found[name] = delays
            _tell(f"events: {name} {delays.median_ms:.3f} ms, at most {delays.max_ms:.3f} ms")
    return found


def _bulk(plan: Plan, cores: Cores, servers: Sequence[Server]) -> dict[str, list[Transfer]]:
    found: dict[str, list[Transfer]] = {server.name: [] for server in servers}
    with Ground() as ground:
        for name, transfer in bulk.run(ground, cores, servers, plan.mib):
            found[name].append(transfer)
            _tell(f"bulk: {name}, {transfer.what}: memory rose {transfer.rise_mib:.1f} MiB")
    return found


def keep(results: Results, plan: Plan) -> None:
    """Write the JSON, and after a full run the page."""
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    LATEST.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    if plan.is_full:
        PAGE.write_text(table.renew(PAGE.read_text(), table.page(results)))


def _word(server: Server) -> str:
    return server.name.lower().replace(" ", "-")


def _tell(line: str) -> None:
    print(line, flush=True)


def _refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
