"""What still holds for replicas that hold on to what is complete, whatever fails.

There is no bound; but no rollback that was heard is undone, nobody is said to have confirmed who
has not, and before a release is complete everything is as without it.
"""

import pytest
from hypothesis import settings
from hypothesis.stateful import rule

from tests.properties.test_replicas import AnyFaults, moments, who
from tests.support.sequences import SEQUENCES
from tests.support.sim_worker import LEASE


class AnyFaultsHeld(AnyFaults):
    holds_on = True

    @rule(at=who, then=moments)
    def complete(self, at: int, then: float) -> None:
        if self.one(at).is_alive and not self.one(at).is_stopped:
            self.one(at).complete()
        self.world.run(then)

    @rule(at=who, then=moments)
    def reset(self, at: int, then: float) -> None:
        if self.one(at).is_alive and not self.one(at).is_stopped:
            self.one(at).reset()
        self.world.run(then)

    @rule(which=who, at=who)
    def cut_off_once_complete(self, which: int, at: int) -> None:
        self.recover(0.005)
        self.complete(at, 1.0)
        self.isolate(which, 2 * LEASE)
        self.roll_back(at, LEASE)

    def take_on(self, percent: int) -> None:
        self.replicas[0].reset()
        self.world.run(1.5)
        super().take_on(percent)


def test_whoever_is_cut_off_holds_on_until_he_hears_of_the_rollback() -> None:
    it = AnyFaultsHeld()
    it.begin(seed=1, replicas=3, slowest=0.005)
    it.complete(at=0, then=1.0)
    it.isolate(which=2, then=0.0)
    it.roll_back(at=0, then=3 * LEASE)
    assert [worker.asks_ai for worker in it.replicas[2].workers] == [True, True]
    report = it.calls[0].report
    assert report is not None
    assert (report.is_complete, report.bound.begun) == (False, None)
    it.mend(then=1.0)
    assert not any(worker.asks_ai for replica in it.replicas for worker in replica.workers)
    it.teardown()


def test_a_start_is_held_to_the_store_whatever_was_complete() -> None:
    it = AnyFaultsHeld()
    it.begin(seed=1, replicas=2, slowest=0.005)
    it.complete(at=0, then=1.0)
    it.kill(which=1, only_supervisor=False, then=0.0)
    it.switch_store(is_up=False, then=0.0)
    it.start(which=1, then=3 * LEASE)
    first, second = it.replicas
    assert all(worker.asks_ai for worker in first.workers)
    assert not any(worker.asks_ai for worker in second.workers)
    it.teardown()


TestAnyFaultsHeld = pytest.mark.timeout(120 + SEQUENCES)(AnyFaultsHeld.TestCase)
TestAnyFaultsHeld.settings = settings(
    max_examples=max(100, SEQUENCES // 2), stateful_step_count=20, deadline=None
)
