"""`python -m loadtests.load`: two classifiers, a fresh router, and locust for 30 seconds.

Meanwhile a release manager takes AI through its stages and rolls it back, and one worker after the
other is told to go and is replaced: nobody may notice that, and everybody has to notice a rollback.
With `--replicas 3` there are three routers on one Redis, and each customer asks all of them.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadtests import gray_router
from loadtests.gray_router import SERVICE, Router
from loadtests.ground import Ground, GroundError, Started, end_on_sigterm, free_port, python
from tests.support.redis_servers import Process, Redis

USERS: Final = 50
SECONDS: Final = 30
WALK: Final = "start,promote,promote,35,100,drill,rollback,20,rollback"
"""What the release manager does: 5, 20, 50, a fall, 100, a rehearsal, to legacy at once, again, and
back."""
REPLACE_EVERY: Final = 2.0
"""Seconds after which another worker is told to go."""
WORD: Final = "a word that all replicas of a load test know"
GRACE: Final = 60
"""Seconds that locust may take beyond its time."""


def main(arguments: Sequence[str]) -> int:
    """Run the load test; 0: nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.load", description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--replicas", type=int, default=1)
    asked = parser.parse_args(arguments)
    end_on_sigterm()
    try:
        with Ground() as ground:
            return load(ground, asked.users, asked.seconds, asked.replicas)
    except GroundError as failure:
        print(failure, file=sys.stderr)
        return 1


def load(ground: Ground, users: int, seconds: int, replicas: int) -> int:
    """Start everything, let locust judge, and pass its verdict on."""
    ports = [_start_classifier(ground, variant) for variant in ("legacy", "ai")]
    routers = (
        [gray_router.start(ground, *ports)] if replicas == 1 else _fleet(ground, ports, replicas)
    )
    print(f"locust: {users} users for {seconds} s, the release goes through {WALK}", flush=True)
    locust = ground.spawn("locust", _locust(routers, users, seconds))
    replaced = _replace_workers(routers, locust, until=time.monotonic() + seconds)
    code = locust.process.wait(timeout=GRACE)
    print(locust.log.read_text())
    print(f"{replaced} workers of {len(routers)} routers were replaced meanwhile")
    return code


def _fleet(ground: Ground, ports: Sequence[int], replicas: int) -> list[Router]:
    """Start routers that share a Redis, and reach each other."""

    def spawn(arguments: Sequence[str], _log: Path) -> Process:
        return ground.spawn("redis", list(arguments)).process

    redis = Redis(ground.directory, free_port(), spawn=spawn)
    redis.start()
    return [
        gray_router.start(ground, *ports, more={"store": {"url": redis.url}, "replica": _replica()})
        for _ in range(replicas)
    ]


def _replica() -> dict[str, str]:
    port = free_port()
    place = f"127.0.0.1:{port}"
    name = f"replica-{port}"
    return {"name": name, "listen": place, "advertise": f"http://{place}", "secret": WORD}


def _replace_workers(routers: Sequence[Router], locust: Started, *, until: float) -> int:
    """Tell one worker after the other to go; return how many."""
    told: set[int] = set()
    while locust.alive() and time.monotonic() < until:
        with contextlib.suppress(subprocess.TimeoutExpired):
            locust.process.wait(REPLACE_EVERY)
        pids = [pid for router in routers for pid in router.worker_pids()]
        for pid in [pid for pid in pids if pid not in told][:1]:
            told.add(pid)
            os.kill(pid, signal.SIGTERM)
    return len(told)


def _start_classifier(ground: Ground, variant: str) -> int:
    port = free_port()
    command = python("loadtests.backends.classifier", str(port), variant)
    ground.start(f"classifier-{variant}", command, port=port)
    return port


def _locust(routers: Sequence[Router], users: int, seconds: int) -> list[str]:
    options = ["-f", "loadtests/locustfile.py", "--headless", "--only-summary"]
    options += ["--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s"]
    hosts = [f"http://127.0.0.1:{router.port}" for router in routers]
    options += ["--host", hosts[0], "--gray-replicas", ",".join(hosts)]
    options += ["--gray-admin", routers[0].admin, "--gray-service", SERVICE, "--gray-walk", WALK]
    return python("locust", *options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
