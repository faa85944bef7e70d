import pytest

from router.compare.decision import (
    ANOTHER,
    LONGEST,
    OTHER,
    Decisions,
    decision_difference,
    named,
)
from router.compare.rules import Decision
from router.compare.verdict import Change, Difference
from router.model import Variant
from router.places.pointer import MISSING, Json

DECISIONS = Decisions(Decision("/label", "/result/label", (("REFUND", "refund"), ("1", "one"))))
LETTER = "Dear Sir or Madam, " * 4


def test_each_side_says_in_its_own_place_what_it_decided_in_its_own_words() -> None:
    assert DECISIONS.label({"label": "refund"}, Variant.LEGACY) == "refund"
    assert DECISIONS.label({"result": {"label": "REFUND"}}, Variant.AI) == "refund"
    assert DECISIONS.label({"result": {"label": "other"}}, Variant.AI) == "other"
    assert DECISIONS.label({"label": "REFUND"}, Variant.LEGACY) == "REFUND"


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (True, "true"),
        (2, "2"),
        (2.0, "2"),
        (2.5, "2.5"),
        (1, "one"),
        ("", ""),
        (None, ""),
        ([], ""),
    ],
)
def test_a_label_is_a_scalar(value: Json, label: str) -> None:
    assert DECISIONS.label({"result": {"label": value}}, Variant.AI) == label


@pytest.mark.parametrize("document", [MISSING, None, {}, [1], "refund"])
def test_an_answer_may_say_nothing(document: Json) -> None:
    assert DECISIONS.label(document, Variant.LEGACY) == ""


@pytest.mark.parametrize("bad", ["label", "/~"])
def test_a_malformed_pointer_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="JSON pointer"):
        Decisions(Decision(bad, "/label"))


def test_decisions_differ_as_one_field() -> None:
    assert decision_difference("refund", "refund") is None
    assert decision_difference("", "") is None
    assert decision_difference("refund", "other") == Difference(
        "decision", Change.VALUE, "decision", "refund", "other"
    )


def test_a_decision_that_one_side_did_not_make_is_missing_or_extra() -> None:
    missing = decision_difference("refund", "")
    extra = decision_difference("", "refund")
    assert missing == Difference("decision", Change.MISSING, "decision", "refund", MISSING)
    assert extra == Difference("decision", Change.EXTRA, "decision", MISSING, "refund")


@pytest.mark.parametrize(
    ("legacy", "ai", "labels"),
    [
        ("refund", "other", ("refund", "other")),
        ("x" * LONGEST, "", ("x" * LONGEST, "")),
        (LETTER, LETTER, (OTHER, OTHER)),
        (LETTER, LETTER + "!", (OTHER, ANOTHER)),
        (LETTER, "refund", (OTHER, "refund")),
        ("refund", LETTER, ("refund", ANOTHER)),
    ],
)
def test_a_text_is_no_label_and_is_never_named(
    legacy: str, ai: str, labels: tuple[str, str]
) -> None:
    assert named(legacy, ai) == labels
