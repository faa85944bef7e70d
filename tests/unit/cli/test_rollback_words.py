import re
import time
from typing import Any

import pytest

from router.cli.address import Address
from router.cli.rollback_call import Outcome
from router.cli.rollback_words import (
    acknowledged,
    problems,
    seen_sentence,
    sentence,
    summary,
)
from tests.support.admin_double import REPORT, ROLLED_BACK

NOW = 1_790_000_000.0
A, B = Address("10.0.0.1", 9900), Address("10.0.0.2", 9900)
LATE: dict[str, Any] = {
    **REPORT,
    "complete": False,
    "missing": ["worker-3"],
    "bound_s": 15.0,
    "replicas": [{"replica": "r1", "workers": 3, "acked": 2, "applied_ms": 2.0}],
}


def at(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(NOW + seconds))


def test_one_line_says_all_that_counts_at_3_in_the_morning() -> None:
    assert sentence(REPORT, "", NOW) == (
        "support: everyone is on legacy, 3 of 3 workers, 41 ms after the call, kept in the store "
        "(epoch 4). Last AI request began 12 ms after it."
    )


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ({"last_ai_byte_ms": 0}, "No AI request began after the call."),
        ({"last_ai_byte_ms": None}, "No request to AI was ever begun."),
        ({"in_flight_ai": 2}, "after it. 2 begun before still run."),
        ({"durable": "journal"}, "kept in the rollback journal: the store takes nothing now"),
        ({"durable": "none"}, "BUT NO DISK TOOK IT: it holds until that router restarts."),
        ({"missing": ["worker-2"]}, "3 of 3 workers, worker-2 replaced, 41 ms"),
        ({"applied_ms": None}, "workers, - after the call"),
    ],
    ids=str,
)
def test_what_is_different_is_said(report: dict[str, object], told: str) -> None:
    assert told in sentence({**REPORT, **report}, "", NOW)


def test_who_has_not_confirmed_is_named_with_the_time_by_which_he_is_safe() -> None:
    told = sentence(LATE, " at http://a", NOW)
    assert told.startswith(
        "support at http://a: NOT YET EVERYWHERE: 2 of 3 workers on legacy, kept in the store "
        f"(epoch 4); not confirmed by worker-3. It is safe by {at(15)} (in 15 s) by itself."
    )


def test_the_time_is_never_said_too_early() -> None:
    assert f"safe by {at(16)} (in 15.2 s)" in sentence({**LATE, "bound_s": 15.2}, "", NOW)


def test_who_is_never_safe_by_himself_is_said_loudly() -> None:
    told = sentence({**LATE, "bound_s": None}, "", NOW)
    assert "IT MAY ASK AI FOR AS LONG AS IT RUNS: stop it by hand." in told


OF_THREE = [
    {"replica": "r1", "workers": 3, "acked": 3, "applied_ms": 2.0},
    {"replica": "r2", "workers": 2, "acked": 0, "applied_ms": None},
    {"replica": "r3", "workers": 2, "acked": 0, "applied_ms": None},
]


def test_of_several_replicas_their_number_is_said() -> None:
    both = [OF_THREE[0], {**OF_THREE[1], "acked": 2, "applied_ms": 30.0}]
    told = sentence({**REPORT, "replicas": both}, "", NOW)
    assert "everyone is on legacy, 5 of 5 workers of 2 replicas, 41 ms after the call" in told


def test_several_that_are_silent_are_named_with_the_time_by_which_they_are_safe() -> None:
    late = {**LATE, "replicas": OF_THREE, "missing": ["r2", "r3"]}
    assert (
        "3 of 7 workers of 3 replicas on legacy, kept in the store (epoch 4); not confirmed by "
        f"r2, r3. They are safe by {at(15)} (in 15 s) by themselves."
    ) in sentence(late, "", NOW)
    unbounded = sentence({**late, "bound_s": None}, "", NOW)
    assert "THEY MAY ASK AI FOR AS LONG AS THEY RUN: stop them by hand." in unbounded


def test_of_a_silent_replica_nothing_is_known_and_so_nothing_is_said() -> None:
    late = {**LATE, "replicas": OF_THREE, "missing": ["r2", "r3"], "last_ai_byte_ms": None}
    assert sentence(late, "", NOW).endswith(" Elsewhere: no request to AI was ever begun.")


def test_what_the_time_depends_on_is_said() -> None:
    told = sentence({**LATE, "provided": "the store was not reached"}, "", NOW)
    assert "by itself. Mind: the store was not reached." in told


def test_where_nobody_is_named_the_replica_is() -> None:
    assert "not confirmed by r1." in sentence({**LATE, "missing": []}, "", NOW)


def test_an_acknowledgement_is_a_line() -> None:
    ack = {"service": "support", "replica": "r1", "worker": "worker-1", "applied_ms": 2.25}
    assert acknowledged(ack, "") == "  support: r1 worker-1 after 2.2 ms"
    assert acknowledged({"worker": "\x1b"}, "") == r"  ?: ? \x1b after -"


def test_another_replicas_acknowledgement_counts_its_workers() -> None:
    ack = {"service": "support", "replica": "r2", "workers": 3, "acked": 2, "applied_ms": 40.0}
    assert acknowledged(ack, "") == "  support: r2 2 of 3 workers after 40 ms"


def test_nothing_that_a_server_says_plays_with_the_terminal() -> None:
    evil = {**LATE, "service": "\x1b[2J", "missing": ["\x07"], "problems": ["\r"]}
    told = [sentence(evil, "", NOW), *problems([evil]), summary([Outcome(A, (evil,))], NOW)]
    assert not re.search("[\x00-\x1f]", "".join(told))


def test_problems_are_said_once() -> None:
    full = {**REPORT, "problems": ["the disk is full"]}
    assert list(problems([full, full, REPORT])) == ["  the disk is full"]


def test_what_was_only_seen_is_said_so() -> None:
    told = seen_sentence(ROLLED_BACK, "")
    assert told.startswith("support: everyone is on legacy (epoch 4), as its status says")


ORDERS = {**REPORT, "service": "orders", "applied_ms": 77.0}
REFUSED = Outcome(B, problem="no", is_refused=True)
LOST = Outcome(B, problem="lost")


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        (
            [Outcome(A, (REPORT, ORDERS)), Outcome(B, seen=(ROLLED_BACK,))],
            "EVERYONE IS ON LEGACY: orders, support at 2 routers, 77 ms after the call.",
        ),
        (
            [Outcome(A, (LATE, ORDERS))],
            f"NOT YET EVERYWHERE: support; all are safe by {at(15)} by themselves.",
        ),
        (
            [Outcome(A, ({**LATE, "bound_s": None},))],
            "NOT YET EVERYWHERE: support; somebody may ask AI for as long as it runs, see above.",
        ),
        (
            [Outcome(A, ({**LATE, "provided": "the store was not reached"},))],
            (
                f"NOT YET EVERYWHERE: support; all are safe by {at(15)} by themselves, on a "
                "condition: see above."
            ),
        ),
        ([Outcome(A, (REPORT,)), LOST], f"NOT EVERYWHERE: not known to be done at {B}."),
        ([REFUSED], "NOTHING WAS ROLLED BACK."),
        ([LOST], "NOT KNOWN TO BE DONE: call it again, and look with `gray-router status`."),
    ],
    ids=["done", "late", "unbounded", "conditional", "partly", "refused", "lost"],
)
def test_the_last_line_is_about_all(outcomes: list[Outcome], told: str) -> None:
    assert summary(outcomes, NOW) == told
