from statistics import median

import pytest

from router.demo.temper import MOODY, STEADY


def test_a_request_meets_the_same_mood_in_every_run() -> None:
    assert MOODY.mood(7, "customer-1/hello") == MOODY.mood(7, "customer-1/hello")
    assert MOODY.mood(7, "customer-1/hello") != MOODY.mood(8, "customer-1/hello")


def test_half_of_the_answers_take_less_than_the_stated_time() -> None:
    moods = [MOODY.mood(7, str(number)) for number in range(2_000)]
    assert median(mood.seconds for mood in moods) == pytest.approx(MOODY.seconds, rel=0.1)


def test_the_ai_is_slow_at_times_and_overloaded_now_and_then() -> None:
    moods = [MOODY.mood(7, str(number)) for number in range(2_000)]
    slow = sum(mood.seconds > 4 * MOODY.seconds for mood in moods)
    assert 20 < slow < 120
    assert 2 <= sum(mood.overloaded for mood in moods) <= 25


def test_the_rules_are_neither() -> None:
    moods = [STEADY.mood(7, str(number)) for number in range(2_000)]
    assert max(mood.seconds for mood in moods) < 0.02
    assert not any(mood.overloaded for mood in moods)
