"""Locust for any Gray Router in front of the classification service.

    locust -f loadtests/locustfile.py --host http://ROUTER:8080 --gray-admin http://ROUTER:9900

With `--gray-walk start,promote,35,rollback` a release manager works during the run, and what is
expected follows. The run fails on a wrong answer, on one by a revision that was over when its
request was sent, on broken stickiness, and on a share that chance does not explain.
"""

import argparse
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from locust import events
from locust.env import Environment

from loadtests.admin import AdminCallError
from loadtests.scenarios.classification import Diary, TicketSender
from loadtests.scenarios.release import Course, ReleaseManager
from loadtests.verdict import Verdict, judge

COURSE = Course()
DIARY = Diary(COURSE)
BROKEN_OFF: list[str] = []
"""Why the walk did not come to its end, if it did not."""


class SupportDesk(TicketSender):
    """The users of this run."""

    diary = DIARY


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this file needs to know to locust's own options."""
    parser.add_argument("--gray-admin", default="http://127.0.0.1:9900", help="the admin API")
    parser.add_argument("--gray-replicas", default="", help="all routers, where there are several")
    parser.add_argument("--gray-service", default="answers", help="the service's name")
    parser.add_argument("--gray-walk", default="", help="what to do, as start,promote,35")


def begin(environment: Environment, **_: Any) -> None:
    """Learn what is in force, and start the walk."""
    options = environment.parsed_options
    assert options is not None
    if options.gray_replicas:
        SupportDesk.hosts = options.gray_replicas.split(",")
    manager = ReleaseManager(options.gray_admin, options.gray_service, COURSE)
    manager.look()
    steps = [step for step in options.gray_walk.split(",") if step]
    if steps:
        # A greenlet: locust has patched threads and sleeping.
        pause = paced(options.run_time / (len(steps) + 1))
        threading.Thread(target=_walk, args=(manager, steps, pause), daemon=True).start()


def paced(seconds: float) -> Callable[[], None]:
    """Return what waits until so many seconds after it last should have returned."""
    due = itertools.count(time.monotonic() + seconds, seconds)
    return lambda: time.sleep(max(0.0, next(due) - time.monotonic()))


def _walk(manager: ReleaseManager, steps: list[str], pause: Callable[[], None]) -> None:
    try:
        manager.walk(steps, pause)
    except (AdminCallError, OSError) as failure:
        BROKEN_OFF.append(f"the release manager came no further: {failure}")


def judge_run(environment: Environment, **_: Any) -> None:
    """Print the shares and what was wrong; the exit code says whether anything was."""
    verdict = judge(DIARY.seen, COURSE.percents)
    if COURSE.left:
        BROKEN_OFF.append(f"there was no time for {', '.join(COURSE.left)}")
    _report(verdict)
    failed = bool(DIARY.wrong or verdict.broken or BROKEN_OFF or not DIARY.seen)
    environment.process_exit_code = 1 if failed else 0


def _report(verdict: Verdict) -> None:
    for share in verdict.shares:
        print(
            f"revision {share.revision}: {share.percent:g} % set, {share.measured:.2f} % of "
            f"{share.users} customers had AI (chance allows {share.allowed:.2f} points)"
        )
    print(f"{DIARY.answers} answers, {len(DIARY.wrong)} of them wrong")
    print(f"{len(verdict.unsteady)} customers were moved who should have stayed")
    for line in [*DIARY.wrong[:10], *verdict.broken, *BROKEN_OFF]:
        print(f"WRONG: {line}")


hooks: Any = events  # locust has no types here
hooks.init_command_line_parser.add_listener(add_options)
hooks.test_start.add_listener(begin)
hooks.quitting.add_listener(judge_run)
