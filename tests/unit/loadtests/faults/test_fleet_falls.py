from dataclasses import replace
from typing import Any

from loadtests.faults.book import Ask, Verdict
from loadtests.faults.fleet_falls import (
    FleetFall,
    at_once,
    by_fault,
    fall,
    lies,
    streams_end,
    truthful,
    unharmed,
)
from loadtests.faults.manager import Rollback

FALL = FleetFall("undisturbed", last=0.02, limit=1.0)
REPLICAS = [{"replica": name, "workers": 2, "acked": 2} for name in ("r1", "r2")]
REPORT: dict[str, Any] = {"percent": 0, "complete": True, "bound_s": 0.0, "replicas": REPLICAS}
NAMES = ("r1", "r2")


def told(last: float = 0.02, **more: object) -> list[str]:
    return list(lies({**REPORT, **more}, NAMES, last=last, seconds=0.05))


def test_a_report_that_says_what_is_so_is_no_lie() -> None:
    assert told() == []
    assert told(0.14) == []  # it was on its way
    assert told(3.0, complete=False, bound_s=3.2) == []


def test_a_report_is_a_lie_where_ai_is_asked_after_it_is_complete() -> None:
    assert told(0.5) == ["complete after 0.05 s, and AI is asked after 0.5 s"]


def test_a_report_that_leaves_a_replica_out_is_one() -> None:
    assert told(replicas=REPLICAS[:1]) == ["it says nothing of r2"]


def test_a_report_is_not_complete_while_a_worker_has_not_acknowledged() -> None:
    half = [REPLICAS[0], {**REPLICAS[1], "acked": 1}]
    assert told(replicas=half) == ["complete, and 1 of 2 workers of r2 have acked"]
    gone = [REPLICAS[0], {**REPLICAS[1], "acked": 0, "workers": 0}]
    assert told(replicas=gone) == ["complete, and 0 of 0 workers of r2 have acked"]


def test_a_bound_that_is_passed_is_a_lie() -> None:
    late = told(3.5, complete=False, bound_s=3.2)
    assert late == ["all are safe after 3.2 s, and AI is asked after 3.5 s"]


def test_a_share_that_stays_is_named() -> None:
    assert told(percent=5) == ["it leaves 5 %"]


def test_what_was_seen_and_what_was_said_are_put_together() -> None:
    rollback = Rollback(10.0, 10.05, {**REPORT, "complete": False})
    made = fall("cut", rollback, NAMES, last=0.5, limit=2.0)
    assert (made.complete, made.last, made.limit) == (False, 0.5, 2.0)
    assert made.lies == ("all are safe after 0.0 s, and AI is asked after 0.5 s",)


def test_fifty_that_are_quick_keep_the_promise_and_one_that_is_slow_breaks_it() -> None:
    assert all(promise.held for promise in at_once([FALL] * 50))
    slow = [*[FALL] * 49, replace(FALL, last=0.6)]
    assert [promise.held for promise in at_once(slow)] == [True, False]


def test_each_fault_has_its_own_limit() -> None:
    cut = replace(FALL, fault="cut off", last=2.9, limit=3.0)
    late = replace(cut, last=3.1)
    assert [promise.held for promise in by_fault([FALL, cut, FALL])] == [True, True]
    (_, broken) = by_fault([FALL, cut, late])
    assert not broken.held
    assert broken.promised == "2 cut off: none begins later than 3 s after the call"


def test_one_report_that_is_wrong_breaks_the_promise_of_all() -> None:
    assert truthful([FALL, FALL]).held
    assert not truthful([FALL, replace(FALL, lies=("it leaves 5 %",))]).held


def test_streams_may_go_on_for_their_time() -> None:
    assert streams_end([3.5, 4.9], 4.0, 1.0).held
    assert not streams_end([3.5, 5.1], 4.0, 1.0).held


def test_a_request_that_is_lost_is_named() -> None:
    assert all(promise.held for promise in unharmed(Verdict(asked=10)))
    lost = Verdict(asked=10, failed=[Ask(1, "answers", 1.0, 2.0, failure="reset")])
    (broken, kept) = unharmed(lost)
    assert (broken.held, kept.held) == (False, True)
    assert broken.promised == "no request fails {'reset': 1}"
