from typing import Any

from router.cli.divergence_words import answers_page, metrics_page
from tests.support.compared import ANSWERS, METRICS


def lines(**changed: Any) -> list[str]:
    return answers_page({**ANSWERS, **changed}).splitlines()


def test_every_figure_stands_below_its_coverage() -> None:
    assert lines()[:6] == [
        (
            "support: 1,000 of 1,200 eligible requests were compared (83.33 %); left out: "
            "too_large 120, queue_full 80"
        ),
        "phase     7/gpt-x; also seen, by --phase: 6",
        "results   match 867, noise 100, divergent 33, error 0",
        "differs   13.3 % (11.2 % to 15.6 %) of pairs",
        "noise     legacy differs from itself in 10 % (8 % to 12 %), AI from itself in not known",
        "beyond it 3.1 % (1.9 % to 4.6 %): AI DIVERGES",
    ]


def test_what_is_not_established_is_not_claimed() -> None:
    unclaimed = {**ANSWERS["summary"], "claimed": False, "because": "within_noise"}
    assert lines(summary=unclaimed)[5].endswith("; no divergence is established so far")
    unknown = {**unclaimed, "beyond_noise": None, "because": "no_repeats"}
    assert "not known; nobody was asked twice: set `shadow.repeat`" in lines(summary=unknown)[5]


def test_fields_stand_as_they_came_with_their_changes() -> None:
    at = next(n for n, line in enumerate(lines()) if line.startswith("FIELD"))
    label, time = lines()[at + 1 : at + 3]
    assert label.startswith("/label")
    assert "CLAIMED" in label
    assert label.endswith("value 31")
    assert "noise " in time
    assert time.endswith("value 100, missing 2")


def test_decisions_are_a_matrix() -> None:
    shown = lines()
    at = next(n for n, line in enumerate(shown) if line.startswith("decision"))
    assert shown[at] == (
        "decision  both sides agree in 90 % (80 % to 95 %); rows legacy, columns AI"
    )
    assert [line.split() for line in shown[at + 1 : at + 5]] == [
        ["refund", "shipping", "(none)"],
        ["refund", "900", "31", "0"],
        ["shipping", "0", "0", "0"],
        ["(none)", "0", "0", "0"],
    ]


def test_samples_are_named_so_that_one_can_be_looked_at() -> None:
    assert lines()[-2].startswith("01JD7  2026-11-22T01:02:03.000Z  7/gpt-x  divergent  200")
    assert lines()[-1].endswith("gray-router divergences support PAIR")


def test_verdicts_of_a_judge_have_their_own_line() -> None:
    assert "custom    90 % (80 % to 95 %) of verdicts say that the answers differ" in lines(
        custom={"ratio": 0.9, "low": 0.8, "high": 0.95, "n": 10}
    )


def test_where_nothing_was_compared_no_figure_stands() -> None:
    nothing: dict[str, Any] = {"eligible": 0, "compared": 0, "ratio": None, "left_out": {}}
    assert lines(coverage=nothing) == ["support: nothing was compared yet"]
    left_out: dict[str, Any] = {
        "eligible": 3,
        "compared": 0,
        "ratio": 0.0,
        "left_out": {"budget": 3},
    }
    assert lines(coverage=left_out) == [
        "support: 0 of 3 eligible requests were compared (0 %); left out: budget 3"
    ]


def test_nothing_of_a_backend_reaches_the_terminal_as_a_command() -> None:
    evil = "\x1b[2J"
    field = {**ANSWERS["fields"][0], "field": evil, "changes": {evil: 1}}
    decision = {**ANSWERS["decision"], "labels": [evil]}
    sample = {**ANSWERS["samples"][0], "id": evil, "phase": evil}
    shown = lines(
        fields=[field], decision=decision, samples=[sample], phase=evil, results={evil: 1}
    )
    assert "\x1b" not in "".join(shown)


def test_metrics_stand_by_minute_with_the_difference_and_its_interval() -> None:
    rows = [line.split("  ") for line in metrics_page(METRICS).splitlines()]
    words = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert words[1][2:] == ["100", "error_rate", "1 %", "3 %", "+2 % (-1 % to +5 %)"]
    assert words[2][3:] == ["latency_p50", "3.2 ms", "31 ms", "+28 ms (+20 ms to +30 ms)"]
    assert words[3][3:] == ["latency_p99", "5.0 ms", "90 ms", "+85 ms (? to ?)"]


def test_no_minute_is_no_table() -> None:
    assert metrics_page({**METRICS, "minutes": []}) == "support: nothing was compared yet"
