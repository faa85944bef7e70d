"""The laws of many replicas would notice: each rule, left out, is found to be missing.

The sequences are those of `test_replicas`, always the same ones.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from router.release.state import Release
from router.replica import joining, judging, lease as leases
from router.replica.acknowledging import Confirmed, Roll
from router.replica.judging import Finding, Judgement, Serving, Stored
from router.replica.lease import Lease
from router.replica.membership import Membership, Presence
from tests.properties.test_replicas import AnyFaults
from tests.support import sim_replica
from tests.support.sim_replica import Replica
from tests.support.sim_store import Answer, Node, UndoneError
from tests.support.sim_worker import Worker

Patch = pytest.MonkeyPatch
Change = Callable[[Patch], None]
MUTATIONS: list[Any] = []
SEARCHED = 600
"""Sequences among which one has to be found that breaks a law."""


def mutation(says: str) -> Callable[[Change], Change]:
    """Leave something out; ``says`` is of the law that is broken then."""

    def add(change: Change) -> Change:
        MUTATIONS.append(pytest.param(says, change, id=change.__name__))
        return change

    return add


# The lease...


@mutation("after the call|after the bound|not waited for|was a member")
def a_lease_counts_from_the_answer(patch: Patch) -> None:
    renewed = Lease.renewed
    patch.setattr(Lease, "renewed", lambda self, _, now: renewed(self, now, now))


@mutation("renewed by another state")
def an_answer_that_is_behind_renews(patch: Patch) -> None:
    patch.setattr(judging, "renews", lambda _: True)


@mutation("after the call|after the bound|not waited for|was a member")
def a_clock_stands_still_in_suspend(patch: Patch) -> None:
    go_on = AnyFaults.let_go_on

    def wake(self: AnyFaults, replica: Replica) -> None:
        replica.clock.drift(1.0)
        go_on(self, replica)

    patch.setattr(AnyFaults, "sleep", lambda _, replica: replica.clock.drift(0.0))
    patch.setattr(AnyFaults, "let_go_on", wake)


@mutation("after the call|after the bound|not waited for|was a member")
def a_worker_looks_at_no_clock_after_it_was_stopped(patch: Patch) -> None:
    asks, go_on = vars(Worker)["asks_ai"].fget, Worker.go_on
    fresh: set[Worker] = set()

    def blind(worker: Worker) -> bool:
        return (worker in fresh and worker.release.share > 0) or bool(asks(worker))

    def go_on_blindly(worker: Worker) -> None:
        fresh.add(worker)
        go_on(worker)
        fresh.discard(worker)

    patch.setattr(Worker, "asks_ai", property(blind))
    patch.setattr(Worker, "go_on", go_on_blindly)


@mutation("is at 0")
def a_lease_never_returns(patch: Patch) -> None:
    patch.setattr(leases, "RENEWALS_TO_RETURN", 10**9)


# What is known...


@mutation("would be followed")
def a_late_rollback_is_outranked(patch: Patch) -> None:
    patch.setattr(joining, "unknown", lambda *_: ())


@mutation("would be followed|disagrees")
def releases_of_one_stand_are_taken_for_the_same(patch: Patch) -> None:
    def join(one: Release, other: Release) -> Release:
        return one if one.stand == other.stand else joining.join(one, other)

    patch.setattr(judging, "join", join)


@mutation("would be followed")
def a_raise_heeds_nobody(patch: Patch) -> None:
    def write(node: Node, release: Release, *_: object) -> Answer:
        return node._write(release, may=True)

    patch.setattr(Node, "change", write)


@mutation("undone|forgotten")
def a_journal_is_not_read(patch: Patch) -> None:
    start = Replica.start

    def forgetful(replica: Replica) -> None:
        replica.journal = None
        start(replica)

    patch.setattr(Replica, "start", forgetful)


@mutation("workers disagree|after the call")
def workers_hear_in_any_order(patch: Patch) -> None:
    def read(worker: Worker) -> None:
        while worker._inbox and not worker.is_stopped:
            worker._inbox.pop()()

    patch.setattr(Worker, "read", read)


# A store that lost its state...


def found_instead(patch: Patch, finding: Finding, other: Finding) -> None:
    judge = judging.judge

    def judged(answer: Stored, serving: Serving) -> Judgement:
        it = judge(answer, serving)
        return dataclasses.replace(it, finding=other) if it.finding is finding else it

    patch.setattr(judging, "judge", judged)


@mutation("back by itself")
def a_share_that_was_lost_is_brought_back(patch: Patch) -> None:
    found_instead(patch, Finding.FORGETFUL, Finding.BEHIND)


@mutation("the store has nothing|disagrees")
def a_release_that_is_missing_is_waited_for_for_ever(patch: Patch) -> None:
    found_instead(patch, Finding.MISSING, Finding.OLD)


@mutation("the store has nothing|disagrees")
def a_store_that_is_behind_is_left_so(patch: Patch) -> None:
    found_instead(patch, Finding.BEHIND, Finding.OLD)


# The report...


@mutation("after the call|after the bound|not waited for|was a member")
def a_supervisors_word_stands_for_its_workers(patch: Patch) -> None:
    patch.setattr(Confirmed, "is_complete", True)


@mutation("after the call|after the bound|not waited for|was a member")
def who_has_not_renewed_for_a_second_is_no_member(patch: Patch) -> None:
    members = Membership.members

    def few(self: Membership, _: float, now: float) -> tuple[Presence, ...]:
        return members(self, 1.0, now)

    patch.setattr(Membership, "members", few)


@mutation("after the call|after the bound|not waited for|was a member")
def who_joined_just_now_is_not_waited_for(patch: Patch) -> None:
    joined = Roll.joined
    patch.setattr(Roll, "joined", lambda self, each: self if self.members else joined(self, each))


@mutation("after the bound")
def a_deposed_master_is_left_out_of_the_bound(patch: Patch) -> None:
    patch.setattr(sim_replica, "MAX_LAG", 0.0)


@mutation("after the bound")
def the_bound_is_shorter_than_the_lease(patch: Patch) -> None:
    patch.setattr("router.replica.acknowledging.longest", lambda lease: lease - 0.5)


def search() -> None:
    run_state_machine_as_test(
        AnyFaults,
        settings=settings(
            max_examples=SEARCHED,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize(("says", "change"), MUTATIONS)
@pytest.mark.timeout(240)
def test_what_is_left_out_is_found(says: str, change: Change, monkeypatch: Patch) -> None:
    change(monkeypatch)
    with pytest.raises((AssertionError, UndoneError), match=says):
        search()
