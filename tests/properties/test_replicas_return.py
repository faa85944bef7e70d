"""A store that was away comes back as it was before a rollback: nobody asks AI by that again."""

import pytest
from hypothesis import given, settings, strategies as st

from router.replica import lease
from tests.properties.test_replicas import AnyFaults
from tests.support.sim_worker import LEASE
from tests.support.sim_world import STORE


def asked_again(seed: int) -> bool:
    """Say whether AI is asked after a rollback that only one replica has heard of."""
    it = AnyFaults()
    it.begin(seed=seed, replicas=3, slowest=0.005)
    it.switch_store(is_up=False, then=0.0)
    for which in (1, 2):
        it.isolate(which, 0.0)
    it.roll_back(at=0, then=2 * LEASE + seed % 25 / 100)
    seen: list[bool] = []
    it.world.looks.append(
        lambda: seen.append(
            any(worker.asks_ai for replica in it.replicas for worker in replica.workers)
        )
    )
    it.world.network.cut = {link for link in it.world.network.cut if STORE not in link}
    it.switch_store(is_up=True, then=LEASE)
    assert all(replica.served.knows(it.calls[0].called) for replica in it.replicas)
    return any(seen)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_whoever_knows_of_a_rollback_brings_it_before_anybody_may_ask_ai(seed: int) -> None:
    assert not asked_again(seed)


def test_one_renewal_would_not_be_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWALS_TO_RETURN", 1)
    assert any(asked_again(seed) for seed in range(50))
