"""Locust for any Gray Router in front of the classification service.

    locust -f loadtests/locustfile.py --host http://ROUTER:8080 --gray-admin http://ROUTER:9900

With `--gray-walk start,promote,35,rollback` a release manager works during the run, and what is
expected follows. The run fails on a wrong answer, on one by a revision that was over when its
request was sent, on broken stickiness, and on a share that chance does not explain.

With `--gray-state DIR` (the router's `state_dir`) and `--gray-moods ai=PORT,legacy=PORT` steps may
be `copy:off`, `copy:30`, `ai:hung` too, and the run fails where copies are not counted once each,
or where something else differs than what was planted.
"""

import argparse
import itertools
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment

from loadtests.admin import AdminCallError
from loadtests.scenarios.classification import Diary, TicketSender
from loadtests.scenarios.release import Course, ReleaseManager
from loadtests.scenarios.shadow import (
    COPY,
    Copies,
    Judge,
    expected,
    faults_of_books,
    faults_of_phase,
    feel,
    key_of,
    shown,
)
from loadtests.verdict import Verdict, judge

COURSE = Course()
DIARY = Diary(COURSE)
COPIES: list[Copies] = []
"""Whoever switches them, where they are tried."""
BROKEN_OFF: list[str] = []
"""Why the walk did not come to its end, if it did not, and what else is wrong."""


class SupportDesk(TicketSender):
    """The users of this run."""

    diary = DIARY


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this file needs to know to locust's own options."""
    parser.add_argument("--gray-admin", default="http://127.0.0.1:9900", help="the admin API")
    parser.add_argument("--gray-replicas", default="", help="all routers, where there are several")
    parser.add_argument("--gray-service", default="answers", help="the service's name")
    parser.add_argument("--gray-walk", default="", help="what to do, as start,promote,35")
    parser.add_argument("--gray-state", default="", help="its state_dir, where copies are judged")
    parser.add_argument("--gray-moods", default="", help="where backends are told how they are")


def begin(environment: Environment, **_: Any) -> None:
    """Learn what is in force, and start the walk."""
    options = environment.parsed_options
    assert options is not None
    if options.gray_replicas:
        SupportDesk.hosts = options.gray_replicas.split(",")
    others = _others(options) if options.gray_state else {}
    manager = ReleaseManager(options.gray_admin, options.gray_service, COURSE, others)
    manager.look()
    steps = [step for step in options.gray_walk.split(",") if step]
    if steps:
        # A greenlet: locust has patched threads and sleeping.
        pause = paced(options.run_time / (len(steps) + 1))
        threading.Thread(target=_walk, args=(manager, steps, pause), daemon=True).start()


def _others(options: argparse.Namespace) -> dict[str, Callable[[str], None]]:
    """Return who goes along where copies are tried."""
    copies = Copies(options.gray_admin, options.gray_service, COURSE)
    copies.look()
    COPIES.append(copies)
    moods = [each.split("=") for each in options.gray_moods.split(",") if each]
    return {COPY: copies.switch, **{name: partial(feel, int(port)) for name, port in moods}}


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
    for copies in COPIES:
        BROKEN_OFF.extend(_judged(copies, Path(environment.parsed_options.gray_state)))
    _complain(verdict)
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


def _judged(copies: Copies, state_dir: Path) -> list[str]:
    """Print what became of copies, and return what is wrong with it."""
    requests = expected(DIARY.requests, copies.percents, key_of(state_dir))
    judge = Judge(copies.address, copies.service)
    books = judge.settled(requests)
    print(f"{requests} requests were drawn to be copied: {dict(+books.shadows)}")
    print(f"pairs: {dict(+books.comparisons)}")
    phases = judge.phases()
    for seen in phases:
        print(shown(seen))
    return faults_of_books(books, requests) + [
        fault for seen in phases for fault in faults_of_phase(seen)
    ]


def _complain(verdict: Verdict) -> None:
    for line in [*DIARY.wrong[:10], *verdict.broken, *BROKEN_OFF]:
        print(f"WRONG: {line}")


hooks: Any = events  # locust has no types here
hooks.init_command_line_parser.add_listener(add_options)
hooks.test_start.add_listener(begin)
hooks.quitting.add_listener(judge_run)
