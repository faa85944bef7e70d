import random
from itertools import islice

from loadtests.faults.mishaps import MISHAPS, Reach
from loadtests.faults.redis import MAX_LAG
from loadtests.faults.scenes.fleet_chaos import EPISODES, LEASE, LIMITS, SERVICES, mixed


def test_each_mishap_is_drawn_as_often_as_the_others() -> None:
    drawn = list(islice(mixed(random.Random(1)), 2 * len(MISHAPS)))
    assert all(drawn.count(mishap) == 2 for mishap in MISHAPS)


def test_there_are_a_hundred_rollbacks_and_every_mishap_is_among_them() -> None:
    assert EPISODES * len(SERVICES) == 100
    assert set(islice(mixed(random.Random(1)), EPISODES)) == set(MISHAPS)


def test_nobody_is_given_more_time_than_the_lease_and_the_lag_of_a_deposed_master() -> None:
    assert LIMITS == {Reach.ALL: 1.0, Reach.PEERS: 2.0, Reach.LEASE: LEASE + MAX_LAG}
