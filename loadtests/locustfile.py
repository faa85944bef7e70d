"""Locust for any Gray Router in front of the classification service.

    locust -f loadtests/locustfile.py --host http://ROUTER:8080 --gray-admin http://ROUTER:9900

With `--gray-walk 5,20,50` the percentage is changed during the run, and what is expected follows.
The run fails on a wrong answer, on broken stickiness, and on a share that chance does not explain.
"""

import argparse
import threading
import time
from typing import Any

from locust import events
from locust.env import Environment

from loadtests import admin
from loadtests.scenarios.classification import Diary, TicketSender
from loadtests.verdict import Verdict, judge

DIARY = Diary()
PERCENTS: dict[int, float] = {}
"""The percentage of each revision that was in force during the run."""


class SupportDesk(TicketSender):
    """The users of this run."""

    diary = DIARY


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this file needs to know to locust's own options."""
    parser.add_argument("--gray-admin", default="http://127.0.0.1:9900", help="the admin API")
    parser.add_argument("--gray-service", default="answers", help="the service's name")
    parser.add_argument("--gray-walk", default="", help="percentages to go through, as 5,20,50")


def begin(environment: Environment, **_: Any) -> None:
    """Learn the percentage that is in force, and start the walk."""
    options = environment.parsed_options
    assert options is not None
    for release in admin.services(options.gray_admin):
        if release["service"] == options.gray_service:
            PERCENTS[release["revision"]] = release["percent"]
    steps = [float(step) for step in options.gray_walk.split(",") if step]
    if steps:
        # A greenlet: locust has patched threads and sleeping.
        threading.Thread(target=_walk, args=(options, steps), daemon=True).start()


def _walk(options: argparse.Namespace, steps: list[float]) -> None:
    pause = options.run_time / (len(steps) + 1)
    for step in steps:
        time.sleep(pause)
        release = admin.set_percent(options.gray_admin, options.gray_service, step, "load test")
        PERCENTS[release["revision"]] = step


def judge_run(environment: Environment, **_: Any) -> None:
    """Print the shares and what was wrong; the exit code says whether anything was."""
    verdict = judge(DIARY.seen, PERCENTS)
    _report(verdict)
    failed = bool(DIARY.wrong or verdict.broken or not DIARY.seen)
    environment.process_exit_code = 1 if failed else 0


def _report(verdict: Verdict) -> None:
    for share in verdict.shares:
        print(
            f"revision {share.revision}: {share.percent:g} % set, {share.measured:.2f} % of "
            f"{share.users} customers had AI (chance allows {share.allowed:.2f} points)"
        )
    print(f"{DIARY.answers} answers, {len(DIARY.wrong)} of them wrong")
    print(f"{len(verdict.unsteady)} customers were moved who should have stayed")
    for line in [*DIARY.wrong[:10], *verdict.broken]:
        print(f"WRONG: {line}")


hooks: Any = events  # locust has no types here
hooks.init_command_line_parser.add_listener(add_options)
hooks.test_start.add_listener(begin)
hooks.quitting.add_listener(judge_run)
