from dataclasses import replace

import pytest

from router.compare.pair import Answer, Loss
from router.compare.verdict import Change, Difference, Result, Verdict
from router.comparer.judging import FAILED, SLICE, Judging, Shown, Weighted
from router.comparer.phases import Phases
from router.model import Variant
from router.wire.comparing import Sample
from tests.support.pairs import MINUTE, answer, pair, twice

DIFFERENT = Verdict((Difference("/label", Change.VALUE, "/label", "a", "b"),))


class ByBytes:
    """Answers are alike or not; one that says `bug` raises."""

    def compare(self, legacy: Answer, ai: Answer) -> Verdict:
        if b"bug" in legacy.body:
            raise ZeroDivisionError
        return Verdict() if legacy.body == ai.body else DIFFERENT


def unportrayed(shown: Shown) -> Sample | None:
    raise AssertionError(shown)


class Ticks:
    """A clock that goes on by so much whenever it is read."""

    def __init__(self, step: float = 0.001) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def judging(clock: Ticks | None = None) -> tuple[Judging, list[Exception]]:
    failures: list[Exception] = []
    made = Judging(
        {"support": ByBytes()}, Phases("x-gray-"), unportrayed, clock or Ticks(), failures.append
    )
    return made, failures


def test_what_is_counted_of_a_pair_says_how_both_sides_and_their_repeats_differ() -> None:
    it, _ = judging()
    whole = twice(pair(b"1", b"2", ai_fields=[(b"x-gray-model", b"m")]), legacy=b"1", ai=b"3")
    (outcome,) = it.judge([Weighted(whole, 4)])
    judged = outcome.judged
    assert (judged.service, judged.phase, judged.at, judged.weight) == ("support", "7/m", MINUTE, 4)
    assert judged.verdict.result is Result.DIVERGENT
    assert judged.legacy_noise == Verdict()
    assert judged.ai_noise == DIFFERENT
    assert judged.seconds == (0.02, 0.02)
    assert outcome.seconds == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("ai", "failed"),
    [
        (answer(Variant.AI, status=500), True),
        (answer(Variant.AI, status=404), False),
        (Answer(Variant.AI, 200, [], b"", 0, loss=Loss.LOST), True),
    ],
)
def test_a_server_error_or_half_an_answer_is_a_failure(ai: Answer, failed: bool) -> None:
    it, _ = judging()
    base = pair()
    both = type(base)(
        *(base.service, base.request_id, base.phase, base.at, base.request, base.served),
        *(base.legacy, ai),
    )
    (outcome,) = it.judge([Weighted(both, 1)])
    assert outcome.judged.failed == (False, failed)


@pytest.mark.parametrize(
    ("served", "is_copied"), [(Variant.LEGACY, False), (Variant.AI, True), (None, True)]
)
def test_legacy_was_asked_by_a_copy_unless_it_served(
    served: Variant | None, is_copied: bool
) -> None:
    it, _ = judging()
    (outcome,) = it.judge([Weighted(replace(pair(), served=served), 1)])
    assert outcome.judged.is_copied is is_copied


def test_a_comparison_that_raises_costs_its_pair_alone() -> None:
    it, failures = judging()
    outcomes = it.judge([Weighted(pair(b"bug"), 1), Weighted(pair(), 1)])
    assert [each.judged.verdict.error for each in outcomes] == [FAILED, ""]
    assert len(failures) == 1


def test_a_sample_that_cannot_be_made_costs_itself_alone() -> None:
    it, failures = judging()
    (outcome,) = it.judge([Weighted(pair(), 1)])
    shown = Shown(outcome.pair, outcome.judged, Result.MATCH)
    samples, seconds = it.portray([shown, shown])
    assert samples == []
    assert seconds == pytest.approx(0.001)
    assert len(failures) == 2


def test_a_slice_ends_in_time_and_holds_at_least_one_pair() -> None:
    pairs = [Weighted(pair(number=number), 1) for number in range(10)]
    quick, _ = judging(Ticks(SLICE / 3.5))
    slow, _ = judging(Ticks(SLICE * 2))
    assert len(quick.judge(pairs)) == 4
    assert len(slow.judge(pairs)) == 1
