import pytest

from router.demo.findings import FEWEST_CUSTOMERS, findings, step_holds, tolerance
from router.demo.tally import StepTally
from router.model import Variant
from tests.support.demo_answers import answer, full_walk, tally_at


def step(percent: int, ai: int, legacy: int) -> StepTally:
    made = StepTally(percent)
    made.answers.update({Variant.AI: ai, Variant.LEGACY: legacy})
    made.visits.update(str(number) for number in range(ai + legacy))
    return made


def test_a_walk_in_which_everything_held_has_no_findings() -> None:
    assert findings(full_walk()) == ()


@pytest.mark.parametrize(("ai", "holds"), [(50, True), (77, True), (78, False), (22, False)])
def test_a_share_may_lie_four_sigmas_away_and_not_further(ai: int, holds: bool) -> None:
    # 1,000 customers at 5 percent: sigma is 6.9 customers.
    assert step_holds(step(5, ai, 1_000 - ai)) is holds


@pytest.mark.parametrize(("percent", "ai"), [(0, 1), (100, 999)])
def test_at_0_and_100_a_single_answer_of_the_wrong_variant_is_too_much(
    percent: int, ai: int
) -> None:
    assert not step_holds(step(percent, ai, 1_000 - ai))


def test_many_visits_of_few_customers_are_allowed_more() -> None:
    once, often = step(20, 200, 800), step(20, 200, 800)
    often.visits.clear()
    often.visits.update({str(number): 10 for number in range(100)})
    assert tolerance(often) == pytest.approx(tolerance(once) * 10**0.5)


def test_too_few_customers_prove_nothing() -> None:
    assert not step_holds(step(50, FEWEST_CUSTOMERS // 2 - 1, FEWEST_CUSTOMERS // 2))
    few = full_walk(customers=FEWEST_CUSTOMERS - 1)
    assert any("too few to judge" in finding for finding in findings(few))


def test_a_step_without_answers_is_a_finding() -> None:
    assert any("no answer was counted" in finding for finding in findings(tally_at(3)))


def test_a_share_that_is_off_is_named_with_what_was_seen() -> None:
    tally = full_walk()
    tally.steps[1] = step(20, 300, 700)
    (finding,) = findings(tally)
    assert finding.startswith("At 20 % the AI answered 30.0% of 1,000 tickets: more than 5.1%")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unanswered", "never answered"),
        ("unlabelled", "did not say which variant"),
        ("mislabelled", "the other variant"),
        ("crossed", "another customer's ticket"),
        ("moved_off_ai", "on AI already"),
        ("ai_after_zero", "after 0 % was acknowledged"),
    ],
)
def test_every_wrong_is_a_finding(name: str, words: str) -> None:
    tally = full_walk()
    setattr(tally.wrongs, name, 3)
    (finding,) = findings(tally)
    assert finding.startswith("3 ")
    assert words in finding


def test_a_refusal_by_the_router_is_named_by_its_code() -> None:
    tally = full_walk()
    tally.wrongs.refused_by_router["no_route"] += 2
    assert findings(tally) == ("2 requests were refused by the router itself (no_route).",)


def test_an_error_of_legacy_is_a_finding() -> None:
    tally = full_walk()
    tally.add(answer(Variant.LEGACY, "c399", step=None, status=500))
    assert findings(tally) == ("Legacy answered 1 requests with an error.",)


def test_the_ai_may_fail_now_and_then_but_not_often() -> None:
    tally = full_walk()
    for failures, found in ((2, 0), (20, 1)):
        for _ in range(failures):
            tally.add(answer(Variant.AI, "c0", step=None, began=2.5, status=503))
        assert len(findings(tally)) == found
