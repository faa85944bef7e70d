import pytest

from router.model import Variant
from tests.support.demo_answers import PLAN, answer, full_walk, tally_at

LEGACY, AI = Variant.LEGACY, Variant.AI
BACK = len(PLAN.steps) - 1


def test_a_visit_belongs_to_no_step_while_a_change_is_not_acknowledged() -> None:
    tally = tally_at(1)
    seen = [tally.settled_step]
    tally.call(2, 2.0)
    seen.append(tally.settled_step)
    tally.acknowledge(2, 2.1)
    seen.append(tally.settled_step)
    assert seen == [1, None, 2]


def test_the_share_of_a_step_counts_its_own_visits_alone() -> None:
    tally = tally_at(1)
    tally.add(answer(AI, "a", step=1))
    tally.add(answer(LEGACY, "b", step=1))
    tally.add(answer(LEGACY, "c", step=0))
    tally.add(answer(LEGACY, "d", step=None))
    assert tally.steps[1].seen == 0.5
    assert tally.steps[0].total == 1


def test_before_the_first_answer_no_share_is_seen() -> None:
    assert tally_at(0).steps[0].seen is None


def test_customers_who_come_again_say_less_than_new_ones() -> None:
    tally = tally_at(0)
    for customer in ("a", "a", "a", "b"):
        tally.add(answer(LEGACY, customer, step=0))
    step = tally.steps[0]
    assert step.customers == 2
    assert step.independent_answers == pytest.approx(16 / 10)


def test_an_answer_by_legacy_to_someone_on_ai_is_a_broken_promise() -> None:
    tally = tally_at(2)
    tally.add(answer(AI, step=1, began=1.2))
    tally.add(answer(LEGACY, step=2, began=2.2))
    assert tally.wrongs.moved_off_ai == 1


def test_who_asked_before_the_first_ai_answer_had_come_was_promised_nothing() -> None:
    tally = tally_at(2)
    tally.add(answer(AI, step=2, began=2.2))
    tally.add(answer(LEGACY, step=1, began=1.9))
    assert tally.wrongs.moved_off_ai == 0


def test_a_fallback_to_legacy_moves_nobody() -> None:
    tally = tally_at(2)
    tally.add(answer(AI, step=1, began=1.2))
    tally.add(answer(LEGACY, step=2, began=2.2, fell_back=True))
    assert tally.wrongs.moved_off_ai == 0
    assert tally.fell_back == 1


def test_after_the_way_back_was_called_everybody_may_be_on_legacy() -> None:
    tally = tally_at(BACK)
    tally.add(answer(AI, step=1, began=1.2))
    tally.add(answer(LEGACY, step=None, began=3.05))
    assert tally.wrongs.moved_off_ai == 0


def test_a_request_that_reaches_ai_after_the_acknowledgement_is_counted() -> None:
    tally = tally_at(BACK)
    tally.add(answer(AI, step=None, began=3.05))
    assert tally.wrongs.ai_after_zero == 0
    tally.add(answer(AI, step=BACK, began=3.1))
    assert tally.wrongs.ai_after_zero == 1


def test_the_way_back_lasts_until_the_last_ai_answer_has_come() -> None:
    tally = tally_at(2)
    tally.add(answer(AI, step=2, began=2.9, ended=3.25))
    assert tally.last_ai_after_call is None
    tally.call(BACK, 3.0)
    tally.acknowledge(BACK, 3.01)
    tally.add(answer(AI, step=2, began=2.95, ended=3.1))
    assert tally.last_ai_after_call == pytest.approx(0.25)


def test_an_answer_whose_model_is_the_other_variants_is_mislabelled() -> None:
    tally = tally_at(0)
    tally.add(answer(LEGACY, model="bayes"))
    assert tally.wrongs.mislabelled == 1


def test_an_answer_to_another_conversation_is_crossed() -> None:
    tally = tally_at(0)
    tally.add(answer(LEGACY, conversation="talk-of-somebody-else"))
    assert tally.wrongs.crossed == 1


def test_what_was_not_served_is_told_apart() -> None:
    tally = tally_at(0)
    tally.add(answer(None, status=0))
    tally.add(answer(None, status=200))
    tally.add(answer(None, status=503, router_error="pool_full"))
    assert tally.wrongs.unanswered == 1
    assert tally.wrongs.unlabelled == 1
    assert tally.wrongs.refused_by_router == {"pool_full": 1}


def test_accuracy_is_of_what_was_answered_and_errors_are_counted_apart() -> None:
    tally = tally_at(1)
    tally.add(answer(AI, "a", label="refund"))
    tally.add(answer(AI, "b", label="shipping"))
    tally.add(answer(AI, "c", status=503, label=""))
    assert tally.variants[AI].accuracy == 0.5
    assert tally.variants[AI].error_rate == pytest.approx(1 / 3)
    assert tally.variants[LEGACY].accuracy is None


def test_latencies_of_long_ago_are_not_lately() -> None:
    tally = tally_at(0)
    tally.add(answer(LEGACY, began=0.0, ended=0.5))
    tally.add(answer(LEGACY, began=9.0, ended=9.25))
    assert tally.variants[LEGACY].lately(now=10.0) == (0.25,)


def test_a_walk_in_which_everything_holds_counts_no_wrong() -> None:
    tally = full_walk()
    wrongs = tally.wrongs
    assert [step.seen for step in tally.steps] == [0.0, 0.2, 0.5, 0.0]
    assert (wrongs.moved_off_ai, wrongs.ai_after_zero, wrongs.crossed) == (0, 0, 0)
    assert tally.customers_on_ai == 200
