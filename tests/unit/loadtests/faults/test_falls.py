from dataclasses import replace
from typing import Any

from loadtests.faults.book import Ask, Visit
from loadtests.faults.falls import Fall, last_begun, lies, promises

FALL = Fall("undisturbed", 0.02, 0.05, 18.0, 1000, [], [], [])
REPORT: dict[str, Any] = {"percent": 0, "complete": True, "durable": "store", "missing": []}


def told(report: dict[str, Any], last: float = 0.02, durable: str = "store") -> list[str]:
    return list(lies({**REPORT, **report}, last=last, seconds=0.05, durable=durable))


def kept(*falls: Fall) -> list[bool]:
    return [promise.held for promise in promises(falls)]


def test_what_counts_is_the_last_request_that_begins_after_the_call() -> None:
    visits = [Visit(number, "answers-ai", at) for number, at in enumerate((9.0, 10.5, 10.25), 1)]
    assert last_begun(visits, 10.0) == 0.5
    assert last_begun(visits, 11.0) == 0.0
    assert last_begun([], 10.0) == 0.0


def test_a_report_that_says_what_is_so_is_no_lie() -> None:
    assert told({}) == []
    assert told({"durable": "journal"}, durable="journal") == []


def test_a_report_is_a_lie_where_ai_is_asked_after_it_is_complete() -> None:
    assert told({}, last=0.14) == []  # it was on its way
    assert told({}, last=0.5) == ["complete after 0.05 s, and AI is asked after 0.5 s"]


def test_a_report_is_wrong_about_where_it_is_kept() -> None:
    assert told({"durable": "store"}, durable="journal") == ["durable is store, not journal"]


def test_a_rollback_that_leaves_a_share_or_somebody_out_is_named() -> None:
    assert told({"percent": 5}) == ["it leaves 5 %"]
    missed = told({"complete": False, "missing": ["worker-1"]})
    assert missed == ["it is not complete after 0.05 s, missing: ['worker-1']"]


def test_rollbacks_that_are_quick_and_cost_nobody_anything_keep_every_promise() -> None:
    slower = replace(FALL, fault="on a full disk", last=0.6, last_reported_ms=580.0)
    assert all(kept(FALL, FALL, slower))


def test_one_that_is_slow_breaks_the_promise_of_its_kind_alone() -> None:
    slow = replace(FALL, fault="on a full disk", last=1.1, last_reported_ms=None)
    broken = [promise.promised for promise in promises([FALL, FALL, slow]) if not promise.held]
    assert broken == ["1 on a full disk: none begins later than 1 s after the call"]


def test_a_request_that_is_lost_breaks_one_too() -> None:
    lost = replace(FALL, lost=[Ask(1, "answers", 1.0, 2.0, failure="reset")])
    broken = [promise.promised for promise in promises([lost]) if not promise.held]
    assert broken == ["no request fails that the fault did not cut"]


def test_a_report_that_disagrees_with_ai_s_own_book_breaks_one() -> None:
    assert kept(replace(FALL, last_reported_ms=100.0)).count(False) == 1
