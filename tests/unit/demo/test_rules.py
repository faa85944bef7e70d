import pytest

from router.demo.corpus import Label
from router.demo.rules import KEYWORDS, KeywordRules


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I want a refund for the kettle", Label.REFUND),
        ("Please CANCEL my order", Label.CANCELLATION),
        ("the courier lost my parcel", Label.SHIPPING),
        ("no VAT on the invoice", Label.BILLING),
        ("cannot log in, password wrong", Label.ACCOUNT),
        ("error 500, the website is down", Label.TECHNICAL),
        ("do you have it in green?", Label.OTHER),
    ],
)
def test_a_plain_ticket_gets_its_label(text: str, label: Label) -> None:
    assert KeywordRules().classify(text).label is label


def test_the_subject_with_more_hits_wins() -> None:
    verdict = KeywordRules().classify("refund? no: where is my parcel, says the courier")
    assert verdict.label is Label.SHIPPING
    assert verdict.confidence == pytest.approx(3 / 4)


def test_on_a_tie_the_rule_that_stands_first_wins() -> None:
    assert next(iter(KEYWORDS)) is Label.REFUND
    assert KeywordRules().classify("refund of my invoice").label is Label.REFUND


def test_a_typing_error_is_not_understood() -> None:
    assert KeywordRules().classify("I want a refnud").label is Label.OTHER


def test_a_keyword_inside_another_word_does_not_count() -> None:
    assert KeywordRules().classify("private, happy, stopover").label is Label.OTHER


def test_without_a_keyword_the_rules_are_not_sure_at_all() -> None:
    assert KeywordRules().classify("hello").confidence == 0.0
