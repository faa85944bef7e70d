"""`python -m loadtests.load`: two classifiers, a fresh router, and locust.

Meanwhile a release manager takes AI through its stages and rolls it back, and one worker after the
other is told to go and is replaced: nobody may notice that, and everybody has to notice a rollback.
With `--replicas 3` there are three routers on one Redis, and each customer asks all of them.

With `--scenario shadow` copies go to AI at 0 percent, and to legacy while AI serves; they are
switched off, on and to a percentage, and whoever gets them is slow, hangs and dies.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from loadtests import gray_router
from loadtests.gray_router import SERVICE, Router
from loadtests.ground import Ground, GroundError, Started, end_on_sigterm, free_port, python
from tests.support.redis_servers import Process, Redis


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is tried. walk: what the release manager does. service: what the config says more."""

    users: int
    seconds: int
    walk: str
    service: Mapping[str, Any]


SCENARIOS: Final = {
    # 5, 20, 50, a fall, 100, a rehearsal, to legacy at once, again, and back.
    "release": Scenario(50, 30, "start,promote,promote,35,100,drill,rollback,20,rollback", {}),
    # Fewer users: each request is two, and is compared. AI is left alone for half a minute once it
    # has hung; at the end it gets copies again.
    "shadow": Scenario(
        20,
        60,
        "copy:off,copy:30,copy:on,ai:slow,ai:hung,ai:dead,ai:well,"
        "100,copy:off,copy:30,copy:on,legacy:slow,legacy:hung,legacy:dead,legacy:well,0",
        {
            "shadow": {
                "send": "both",
                "methods": ["POST"],
                "side_effects": "none",
                "timeout": "1s",
                "repeat": 20,
            },
            "compare": {"ignore": ["/variant"]},
        },
    ),
}
REPLACE_EVERY: Final = 2.0
"""Seconds after which another worker is told to go."""
WORD: Final = "a word that all replicas of a load test know"
GRACE: Final = 60
"""Seconds that locust may take beyond its time."""


def main(arguments: Sequence[str]) -> int:
    """Run the load test; 0: nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.load", description=__doc__)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--users", type=int)
    parser.add_argument("--scenario", choices=SCENARIOS, default="release")
    parser.add_argument("--replicas", type=int, default=1)
    asked = parser.parse_args(arguments)
    scenario = SCENARIOS[asked.scenario]
    if asked.scenario == "shadow" and asked.replicas > 1:
        parser.error("the scenario shadow reads the books of one router")
    end_on_sigterm()
    try:
        with Ground() as ground:
            chosen = replace(
                scenario,
                users=asked.users or scenario.users,
                seconds=asked.seconds or scenario.seconds,
            )
            return load(ground, chosen, asked.replicas)
    except GroundError as failure:
        print(failure, file=sys.stderr)
        return 1


def load(ground: Ground, scenario: Scenario, replicas: int) -> int:
    """Start everything, let locust judge, and pass its verdict on."""
    moods = {variant: free_port() for variant in ("legacy", "ai")}
    ports = [_start_classifier(ground, variant, port) for variant, port in moods.items()]
    routers = (
        [gray_router.start(ground, *ports, service=scenario.service)]
        if replicas == 1
        else _fleet(ground, ports, replicas)
    )
    users, seconds = scenario.users, scenario.seconds
    print(f"locust: {users} users for {seconds} s, and {scenario.walk}", flush=True)
    options = _locust(routers, scenario)
    if "shadow" in scenario.service:
        told_at = ",".join(f"{variant}={port}" for variant, port in moods.items())
        options += ["--gray-state", str(routers[0].state_dir), "--gray-moods", told_at]
    locust = ground.spawn("locust", options)
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


def _start_classifier(ground: Ground, variant: str, told_at: int) -> int:
    port = free_port()
    command = python("loadtests.backends.classifier", str(port), variant, str(told_at))
    ground.start(f"classifier-{variant}", command, port=port)
    return port


def _locust(routers: Sequence[Router], scenario: Scenario) -> list[str]:
    users, seconds = str(scenario.users), f"{scenario.seconds}s"
    options = ["-f", "loadtests/locustfile.py", "--headless", "--only-summary"]
    options += ["--users", users, "--spawn-rate", users, "--run-time", seconds]
    options += ["--stop-timeout", "5"]  # nobody hangs up, so that all that was asked was answered
    hosts = [f"http://127.0.0.1:{router.port}" for router in routers]
    options += ["--host", hosts[0], "--gray-replicas", ",".join(hosts)]
    options += [
        "--gray-admin",
        routers[0].admin,
        "--gray-service",
        SERVICE,
        "--gray-walk",
        scenario.walk,
    ]
    return python("locust", *options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
