import pytest

from router.control.effect import Answers, Effect
from router.control.telemetry import Totals
from tests.support.counts import counted, totals_of


def totals(*, legacy: int, ai: int) -> Totals:
    return totals_of(counted(legacy=legacy, ai=ai))


def test_nothing_is_known_before_the_first_answer() -> None:
    assert Effect().percent("support", Totals()) is None


def test_everything_counts_while_the_share_was_never_changed() -> None:
    assert Effect().percent("support", totals(legacy=3, ai=1)) == 25


def test_answers_from_before_the_change_do_not_count() -> None:
    effect = Effect()
    effect.forget("support")
    effect.begin("support", totals(legacy=100, ai=0))
    assert effect.percent("support", totals(legacy=100, ai=0)) is None
    assert effect.percent("support", totals(legacy=101, ai=2)) == pytest.approx(66.67)


def test_nothing_is_known_between_the_decision_and_its_taking_effect() -> None:
    effect = Effect()
    effect.forget("support")
    assert effect.percent("support", totals(legacy=1, ai=1)) is None


def test_services_are_counted_apart() -> None:
    effect = Effect()
    effect.forget("orders")
    assert effect.percent("support", totals(legacy=1, ai=1)) == 50


def test_what_we_answered_in_ais_place_is_no_answer_of_ai() -> None:
    counts = counted(legacy=1, ai=1)
    counts.services[0].variants[1].codes[502] = 5  # our own answers, where AI was asked
    assert Effect().percent("support", totals_of(counts)) == 50.0


def fell_back(**reasons: int) -> Totals:
    totals = Totals()
    for reason, count in reasons.items():
        totals.fallbacks["support", reason] = count
    return totals


def test_fallbacks_are_counted_by_reason_since_the_share_was_set() -> None:
    effect = Effect()
    effect.begin("support", fell_back(connect=5, lease_lost=1))
    since = effect.since("support", fell_back(connect=7, no_endpoint=3, lease_lost=1))
    assert since is not None
    assert since.fallbacks == {"connect": 2, "no_endpoint": 3}
    assert effect.since("orders", fell_back(connect=7)) == Answers()


def test_no_fallback_is_known_between_the_decision_and_its_taking_effect() -> None:
    effect = Effect()
    effect.forget("support")
    assert effect.since("support", fell_back(connect=7)) is None


def test_what_several_answered_is_added_up() -> None:
    both = Answers(3, 1, {"connect": 2}).plus(Answers(0, 4, {"connect": 1, "no_endpoint": 1}))
    assert both == Answers(3, 5, {"connect": 3, "no_endpoint": 1})
    assert both.percent == 62.5
    assert Answers().percent is None
