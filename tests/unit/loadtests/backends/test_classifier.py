import pytest

from loadtests.backends.classifier import label


@pytest.mark.parametrize("variant", ["legacy", "ai"])
def test_both_variants_know_a_plain_word(variant: str) -> None:
    assert label(variant, "I forgot my password") == "access"
    assert label(variant, "good morning") == "other"


def test_only_ai_reads_capitals() -> None:
    assert label("ai", "REFUND!!!") == "billing"
    assert label("legacy", "REFUND!!!") == "other"
