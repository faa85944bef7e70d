from itertools import product
from typing import Any

import pytest

from router.compare.ledger import Coverage
from router.compare.tally import Tally
from router.compare.verdict import Change, Difference, Judged, Verdict
from router.control.api.divergence_views import Wanted, answers_view, metrics_view
from router.control.comparisons import MinuteSeen, Seen
from tests.support.stored import NOON

SAME = Verdict(decision=("refund", "refund"))


def apart(*fields: str, change: Change = Change.VALUE, ai: str = "shipping") -> Verdict:
    differences = tuple(Difference(field, change, field, "a", "b") for field in fields)
    return Verdict(differences, decision=("refund", ai))


def judged(verdict: Verdict, **more: Any) -> Judged:
    return Judged("support", "7", NOON, verdict, **more)


def tally_of(*pairs: tuple[int, Judged]) -> Tally:
    tally = Tally()
    for count, pair in pairs:
        for _ in range(count):
            tally.add(pair)
    return tally


def seen(tally: Tally) -> Seen:
    coverage = Coverage(tally.pairs + 10, tally.pairs, {"too_large": 10})
    return Seen(("7/gpt-x", "6"), "7/gpt-x", tally, coverage, "7")


def shown(tally: Tally, **wanted: Any) -> dict[str, Any]:
    view = answers_view("support", seen(tally), Wanted(**wanted), [], None)
    return dict(view.model_dump(mode="json"))


DIVERGING = tally_of(
    (900, judged(SAME, legacy_noise=SAME, ai_noise=SAME)),
    (100, judged(apart("/label"), legacy_noise=SAME, ai_noise=SAME)),
)


def test_a_true_difference_is_claimed_with_its_interval() -> None:
    view = shown(DIVERGING)
    beyond = view["summary"]["beyond_noise"]
    assert beyond["ratio"] == pytest.approx(0.1)
    assert 0.05 < beyond["low"] < 0.1 < beyond["high"] < 0.15
    assert (beyond["n"], view["summary"]["claimed"], view["summary"]["because"]) == (
        1000,
        True,
        None,
    )
    (label,) = view["fields"]
    assert (label["field"], label["changes"], label["claimed"]) == ("/label", {"value": 100}, True)
    assert label["legacy_noise"]["ratio"] == 0
    assert view["results"]["divergent"] == 100


def test_noise_is_told_apart() -> None:
    """Both draw the field from the same distribution: any two answers differ half the time."""
    noisy = apart("/at", ai="refund")
    tally = tally_of(
        *(
            (125, judged(between, legacy_noise=legacy, ai_noise=ai))
            for between, legacy, ai in product((SAME, noisy), repeat=3)
        )
    )
    view = shown(tally)
    assert view["summary"]["claimed"] is view["fields"][0]["claimed"] is False
    assert view["fields"][0]["because"] == "within_noise"
    assert view["fields"][0]["is_noise"] is True
    assert view["fields"][0]["raw"]["ratio"] == pytest.approx(0.5)
    assert view["suggested"].startswith("compare:\n")
    assert '"/at"' in view["suggested"]


def test_where_nobody_was_asked_twice_noise_is_not_known() -> None:
    view = shown(tally_of((50, judged(apart("/label")))))
    assert view["summary"]["beyond_noise"] is view["summary"]["legacy_noise"] is None
    assert view["summary"]["because"] == "no_repeats"
    assert view["summary"]["raw"]["ratio"] == 1


def test_every_figure_bears_its_coverage_and_its_phase() -> None:
    view = shown(DIVERGING, since=NOON)
    assert view["coverage"] == {
        "phase": "7",
        "eligible": 1010,
        "compared": 1000,
        "ratio": 0.990099,
        "left_out": {"too_large": 10},
    }
    assert (view["phase"], view["phases"]) == ("7/gpt-x", ["7/gpt-x", "6"])
    assert view["since"] == "2026-09-21T14:13:20.000Z"


def test_where_nothing_was_compared_nothing_is_said() -> None:
    view = shown(Tally())
    assert view["summary"]["raw"] is None
    assert (view["fields"], view["decision"], view["custom"]) == ([], None, None)


def test_fields_may_be_narrowed_down() -> None:
    tally = tally_of((5, judged(apart("/a"))), (5, judged(apart("/b", change=Change.MISSING))))
    assert [it["field"] for it in shown(tally, field="/b")["fields"]] == ["/b"]
    assert [it["field"] for it in shown(tally, change="value")["fields"]] == ["/a"]


def test_decisions_are_a_matrix_and_a_rate() -> None:
    decision = shown(DIVERGING)["decision"]
    assert decision["labels"] == ["refund", "shipping"]
    assert decision["counts"] == [
        {"legacy": "refund", "ai": "refund", "count": 900},
        {"legacy": "refund", "ai": "shipping", "count": 100},
    ]
    assert decision["agreement"]["ratio"] == 0.9
    assert decision["agreement"]["low"] < 0.9 < decision["agreement"]["high"]


def test_verdicts_of_a_custom_judge_have_a_rate_of_their_own() -> None:
    tally = tally_of((10, judged(apart("custom"))), (30, judged(SAME)))
    assert shown(tally)["custom"]["ratio"] == 0.25


def metrics(tally: Tally) -> dict[str, Any]:
    minute = MinuteSeen(int(NOON // 60), "7", tally)
    view = metrics_view("support", NOON, [minute]).model_dump(mode="json")
    (shown,) = view["minutes"]
    assert (shown["phase"], shown["pairs"]) == ("7", tally.pairs)
    assert shown["at"] == "2026-09-21T14:13:00.000Z"
    return dict(shown["metrics"])


def test_errors_and_latencies_are_ai_less_legacy() -> None:
    tally = tally_of(
        (180, judged(SAME, seconds=(0.1, 0.3))),
        (20, judged(SAME, failed=(False, True), seconds=(0.1, 0.0))),
    )
    told = metrics(tally)
    assert list(told) == ["error_rate", "latency_p50", "latency_p95", "latency_p99"]
    errors = told["error_rate"]
    assert (errors["legacy"], errors["ai"], errors["difference"]) == (0, 0.1, 0.1)
    assert 0 < errors["low"] < 0.1 < errors["high"] < 0.3
    median = told["latency_p50"]
    assert median["legacy"] == pytest.approx(100, rel=0.05)
    assert median["ai"] == pytest.approx(300, rel=0.05)
    assert median["difference"] == pytest.approx(200, rel=0.1)
    assert median["low"] <= median["difference"] <= median["high"]


def test_what_few_answers_do_not_bound_has_no_bound() -> None:
    told = metrics(tally_of((3, judged(SAME, seconds=(0.1, 0.3)))))
    assert told["latency_p99"]["high"] is None


def test_without_whole_answers_there_is_no_latency() -> None:
    told = metrics(tally_of((3, judged(SAME, failed=(True, True)))))
    assert list(told) == ["error_rate"]
    assert metrics(Tally()) == {}


def test_pairs_that_stand_for_several_weigh_as_much() -> None:
    tally = tally_of(
        (10, judged(SAME, failed=(False, True), weight=4)), (60, judged(SAME, weight=1))
    )
    assert metrics(tally)["error_rate"]["ai"] == 0.4
