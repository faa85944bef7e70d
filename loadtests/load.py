"""`python -m loadtests.load`: two classifiers, a fresh router, and locust for 20 seconds.

Meanwhile a release manager takes AI through its stages and rolls it back, and one worker after the
other is told to go and is replaced: nobody may notice that, and everybody has to notice a rollback.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from loadtests import gray_router
from loadtests.gray_router import SERVICE, Router
from loadtests.ground import Ground, GroundError, Started, end_on_sigterm, free_port, python

USERS: Final = 50
SECONDS: Final = 20
WALK: Final = "start,promote,promote,35,100,rollback,20,rollback"
"""What the release manager does: 5, 20, 50, a fall, 100, to legacy at once, again, and back."""
REPLACE_EVERY: Final = 2.0
"""Seconds after which another worker is told to go."""
GRACE: Final = 60
"""Seconds that locust may take beyond its time."""


def main(arguments: Sequence[str]) -> int:
    """Run the load test; 0: nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.load", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--users", type=int, default=USERS)
    asked = parser.parse_args(arguments)
    end_on_sigterm()
    try:
        with Ground() as ground:
            return load(ground, asked.users, asked.seconds)
    except GroundError as failure:
        print(failure, file=sys.stderr)
        return 1


def load(ground: Ground, users: int, seconds: int) -> int:
    """Start everything, let locust judge, and pass its verdict on."""
    ports = {variant: _start_classifier(ground, variant) for variant in ("legacy", "ai")}
    router = gray_router.start(ground, ports["legacy"], ports["ai"])
    print(f"locust: {users} users for {seconds} s, the release goes through {WALK}", flush=True)
    locust = ground.spawn("locust", _locust(router, users, seconds))
    replaced = _replace_workers(router, locust, until=time.monotonic() + seconds)
    code = locust.process.wait(timeout=GRACE)
    print(locust.log.read_text())
    print(f"{replaced} workers were replaced meanwhile")
    return code


def _replace_workers(router: Router, locust: Started, *, until: float) -> int:
    """Tell one worker after the other to go; return how many."""
    told: set[int] = set()
    while locust.alive() and time.monotonic() < until:
        with contextlib.suppress(subprocess.TimeoutExpired):
            locust.process.wait(REPLACE_EVERY)
        for pid in [pid for pid in router.worker_pids() if pid not in told][:1]:
            told.add(pid)
            os.kill(pid, signal.SIGTERM)
    return len(told)


def _start_classifier(ground: Ground, variant: str) -> int:
    port = free_port()
    command = python("loadtests.backends.classifier", str(port), variant)
    ground.start(f"classifier-{variant}", command, port=port)
    return port


def _locust(router: Router, users: int, seconds: int) -> list[str]:
    options = ["-f", "loadtests/locustfile.py", "--headless", "--only-summary"]
    options += ["--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s"]
    options += ["--host", f"http://127.0.0.1:{router.port}"]
    options += ["--gray-admin", router.admin, "--gray-service", SERVICE, "--gray-walk", WALK]
    return python("locust", *options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
