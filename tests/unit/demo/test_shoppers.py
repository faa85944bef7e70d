from collections import Counter
from itertools import islice

from router.demo.shoppers import visits


def test_everybody_comes_once_a_round() -> None:
    round_one = [visit.customer for visit in islice(visits(50, seed=1), 50)]
    assert len(set(round_one)) == 50


def test_after_many_rounds_everybody_has_come_as_often() -> None:
    times = Counter(visit.customer for visit in islice(visits(20, seed=1), 200))
    assert set(times.values()) == {10}


def test_the_same_seed_brings_the_same_visits() -> None:
    assert list(islice(visits(20, seed=3), 60)) == list(islice(visits(20, seed=3), 60))


def test_no_two_visits_share_a_conversation() -> None:
    conversations = [visit.conversation for visit in islice(visits(20, seed=1), 300)]
    assert len(set(conversations)) == 300
