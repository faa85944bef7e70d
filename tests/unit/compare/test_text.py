import pytest

from router.compare.text import LONGEST_BY_LETTERS, similarity


def test_equal_texts_are_wholly_alike() -> None:
    assert similarity("", "") == 1
    assert similarity("refund", "refund") == 1


def test_short_texts_are_compared_by_letters() -> None:
    assert similarity("kitten", "sitting") == pytest.approx(1 - 5 / 13)
    assert similarity("abc", "xyz") == 0


def test_long_texts_are_compared_by_their_words_in_any_order() -> None:
    words = [f"word{number}" for number in range(1000)]
    text = " ".join(words)
    assert len(text) > LONGEST_BY_LETTERS
    assert similarity(text, " ".join(reversed(words))) == 1
    assert similarity(text, " ".join(words[:500] * 2)) == pytest.approx(0.5)


def test_a_long_blank_text_has_no_words_to_differ_by() -> None:
    assert similarity(" " * 5000, "\n") == 1
    assert similarity(" " * 5000, "word") == 0


def test_which_of_two_texts_comes_first_is_the_same() -> None:
    long = "an answer " * 500
    assert similarity(long, "an answer") == similarity("an answer", long)
