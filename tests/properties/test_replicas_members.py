"""Whoever is cut off from everybody forgets nobody: what happens meanwhile is not known to it."""

import dataclasses

import pytest
from hypothesis import given, settings, strategies as st

from router.replica.membership import Membership, Presence
from tests.properties.test_replicas import AnyFaults
from tests.support.sim_replica import DRAIN, REPORT_WITHIN
from tests.support.sim_worker import LEASE


def rolled_back_far_away(seed: int, seconds: float) -> AnyFaults:
    """Roll back through one that was cut off for so long, while the others ask AI."""
    it = AnyFaults()
    it.begin(seed=seed, replicas=3, slowest=0.005)
    it.isolate(0, then=seconds)
    it.roll_back(at=0, then=REPORT_WITHIN + 1.0)
    return it


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.0, 5 * LEASE))
def test_its_rollback_is_not_complete_however_long_it_was_away(seed: int, seconds: float) -> None:
    it = rolled_back_far_away(seed, seconds)
    report = it.calls[0].report
    assert report is not None
    assert not report.is_complete
    assert any(worker.asks_ai for worker in it.replicas[1].workers)


def test_else_it_would_say_that_everybody_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    members = Membership.members

    def forgetful(self: Membership, horizon: float, now: float) -> tuple[Presence, ...]:
        return members(dataclasses.replace(self, told_at=now), horizon, now)

    monkeypatch.setattr(Membership, "members", forgetful)
    with pytest.raises(AssertionError, match="was a member"):
        rolled_back_far_away(0, LEASE + DRAIN + 1.0)
