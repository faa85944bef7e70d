"""`python -m loadtests.walk`: exit 0 when not one answer was wrong."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from loadtests import ask, gray_router
from loadtests.backends import static
from loadtests.bench import load
from loadtests.bench.load import Load
from loadtests.bench.servers.server import DEBIAN
from loadtests.gray_router import Router
from loadtests.ground import Ground, GroundError, Started, end_on_sigterm
from loadtests.verdict import Seen, Verdict, judge
from loadtests.walk.plan import STEPS, changes_due

TARGET: Final = 200_000
TICK: Final = 100
"""Answers that a dot of the Lua script stands for."""
THREADS: Final = 2
CONNECTIONS: Final = 32
LIMIT: Final = 600
"""Seconds after which a walk that does not get on is given up."""
LOOK_EVERY: Final = 0.02
"""Seconds between two looks at how far wrk is; it has no other way to tell."""
SHOWN: Final = 10
SCRIPT: Final = Path(__file__).with_name("walk.lua")


def main(arguments: Sequence[str]) -> int:
    """Walk, judge, and say what was wrong."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.walk", description=__doc__)
    parser.add_argument("--requests", type=int, default=TARGET)
    target = parser.parse_args(arguments).requests
    end_on_sigterm()
    if load.is_missing() or not static.find_nginx():
        print(f"not installed: wrk or nginx ({DEBIAN})", file=sys.stderr)
        return 1
    try:
        with Ground() as ground:
            return walk(ground, target)
    except GroundError as failure:
        print(failure, file=sys.stderr)
        return 1


def walk(ground: Ground, target: int) -> int:
    """Load the router, change the percentage meanwhile, and judge what was seen."""
    legacy = static.start(ground, "legacy", core=None)
    ai = static.start(ground, "ai", core=None)
    router = gray_router.start(ground, legacy.port, ai.port)
    percents = {revision_in_force(router): 0.0}
    notes = ground.directory / "notes"
    notes.mkdir()
    wrk = ground.spawn("wrk", wrk_command(router.port, notes))
    late = list(change_along(wrk, router, notes, target, percents))
    counted = finish(wrk)
    wrong = [line for file in notes.glob("wrong-*") for line in file.read_text().splitlines()]
    return report(counted, judge(read_seen(notes), percents), [*late, *wrong], target)


def wrk_command(port: int, notes: Path) -> list[str]:
    """Build the command that loads ``port`` until it is interrupted."""
    command = ["wrk", "--threads", str(THREADS), "--connections", str(CONNECTIONS)]
    command += ["--duration", f"{LIMIT}s", "--script", str(SCRIPT)]
    return [*command, f"http://127.0.0.1:{port}", "--", str(notes)]


def change_along(
    wrk: Started, router: Router, notes: Path, target: int, percents: dict[int, float]
) -> Iterator[str]:
    """Make each change when its time has come, until all answers are there; yield what was late."""
    made = 0
    deadline = time.monotonic() + LIMIT
    while (answers := count(notes)) < target:
        if not wrk.alive() or time.monotonic() > deadline:
            raise GroundError(f"wrk ended after {answers} of {target} answers: {wrk.last_words()}")
        if made < changes_due(answers, target):
            release = router.set_percent(STEPS[made], "the walk goes on")
            percents[release["revision"]] = STEPS[made]
            made += 1
            if (in_force := revision_in_force(router)) != release["revision"]:
                yield f"revision {release['revision']} was acknowledged, {in_force} in force"
        time.sleep(LOOK_EVERY)
    if made != len(STEPS):
        yield f"only {made} of {len(STEPS)} changes were made"


def revision_in_force(router: Router) -> int:
    """Ask by a request which revision decides now."""
    answer = ask.get(router.port, "/v1/answer", {"x-user-id": "user-000000"})
    return int(answer.headers["x-gray-revision"])


def count(notes: Path) -> int:
    """Count the answers so far, all threads together."""
    return TICK * sum(file.stat().st_size for file in notes.glob("count-*"))


def finish(wrk: Started) -> Load:
    """Interrupt wrk, which makes it end its requests and print what it counted."""
    os.kill(wrk.pid, signal.SIGINT)
    wrk.process.wait(timeout=LIMIT)
    return load.read(wrk.log.read_text())


def read_seen(notes: Path) -> Iterator[Seen]:
    """Read what the script wrote down."""
    for file in notes.glob("seen-*"):
        for line in file.read_text().splitlines():
            revision, user, variant = line.split(" ")
            yield Seen(int(revision), user, variant)


def report(counted: Load, verdict: Verdict, wrong: Sequence[str], target: int) -> int:
    """Print what happened at each revision and what was wrong; 0 if nothing was."""
    for share in verdict.shares:
        print(
            f"revision {share.revision:3}: {share.percent:6.2f} % set, {share.measured:6.2f} % of "
            f"{share.users} users had AI (chance allows {share.allowed:.2f} points)"
        )
    faults = [*wrong[:SHOWN], *verdict.broken]
    if counted.broken or counted.refused:
        faults.append(f"{counted.broken} broken and {counted.refused} refused requests")
    if counted.requests < target:
        faults.append(f"only {counted.requests} of {target} requests were answered")
    print(
        f"{counted.requests} requests, {len(verdict.shares)} revisions, {len(wrong)} wrong, "
        f"{len(verdict.unsteady)} users moved who should have stayed"
    )
    for fault in faults:
        print(f"WRONG: {fault}")
    print("failed" if faults else "every answer was right")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
