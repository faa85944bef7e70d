"""`python -m loadtests.bench.profile`: where a worker's time goes under the small answers.

It needs Linux' `perf` and shows functions of the kernel, of uvloop and of the interpreter; Python's
own functions have no names there before Python 3.12.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from typing import Final

from loadtests import family
from loadtests.backends import static
from loadtests.bench import load, machine
from loadtests.bench.load import Questions, Wrk
from loadtests.bench.servers.gray_router import GrayRouter
from loadtests.bench.servers.server import DEBIAN, Backends, Setup
from loadtests.bench.turns import WARM_UP
from loadtests.ground import Ground, GroundError, end_on_sigterm

SECONDS: Final = 5
SAMPLES_A_SECOND: Final = 999
AT_LEAST_PERCENT: Final = 0.5
GRACE: Final = 30.0


def main(arguments: Sequence[str]) -> int:
    """Load a router, look into its worker meanwhile, and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench.profile", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    seconds = parser.parse_args(arguments).seconds
    end_on_sigterm()
    if load.is_missing() or not static.find_nginx() or shutil.which("perf") is None:
        print(f"not installed: wrk, nginx ({DEBIAN}) or perf (linux-perf)", file=sys.stderr)
        return 1
    try:
        with Ground() as ground:
            print("\n".join(profile(ground, seconds)))
    except GroundError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def profile(ground: Ground, seconds: int) -> list[str]:
    """Return the parts of the busiest process, then its functions, as perf counts them."""
    cores = machine.choose(machine.allowed_cores())
    os.sched_setaffinity(0, {cores.load})
    ports = [static.start(ground, variant, core=cores.load).port for variant in ("legacy", "ai")]
    router = GrayRouter().start(ground, Backends(*ports), Setup(cores.proxy))
    wrk = Wrk(ground, cores.load)
    before = family.members(router.pid)
    wrk.load(router.url, Questions(), WARM_UP)
    samples = str(ground.directory / "perf.data")
    command = ["perf", "record", "--freq", str(SAMPLES_A_SECOND), "--output", samples]
    command += ["--pid", str(busiest(before, family.members(router.pid)))]
    recording = ground.spawn("perf", [*command, "--", "sleep", str(seconds)])
    wrk.load(router.url, Questions(), seconds)
    recording.process.wait(GRACE)
    return [
        readable(ground.run("perf-report", _report(samples, column), limit=GRACE))
        for column in ("dso", "sym")
    ]


def busiest(before: Sequence[family.Member], after: Sequence[family.Member]) -> int:
    """Return who has cost most meanwhile: the worker that serves, and not who was slow to start."""
    began = {member.pid: member.cpu_seconds for member in before}
    return max(after, key=lambda member: member.cpu_seconds - began.get(member.pid, 0.0)).pid


def readable(report: str) -> str:
    """Leave out what perf says about itself."""
    lines = [line.rstrip() for line in report.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def _report(samples: str, column: str) -> list[str]:
    command = ["perf", "report", "--stdio", "--input", samples, "--fields", f"overhead,{column}"]
    return [*command, "--percent-limit", str(AT_LEAST_PERCENT)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
