import pytest

from router.compare.judge import MOST_OF_ONE_FIELD, MOST_TOLD, Judge
from router.compare.pair import Answer, Loss
from router.compare.rules import CompareRules
from router.compare.verdict import Change, Difference, Result
from router.model import Variant
from tests.support.answers import answer, changes, verdict

JUDGE = Judge(CompareRules())


def test_equal_bytes_match_whatever_they_are() -> None:
    assert verdict(b"\xff\x00", b"\xff\x00").result is Result.MATCH


def test_equal_documents_match_however_they_are_written() -> None:
    assert verdict(b'{"a": 1, "b": 2}', b'{"b":2,"a":1.0}').result is Result.MATCH


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    assert verdict(b'{"a":1,"a":2}', b'{"a":2}').result is Result.MATCH


def test_the_status_is_compared_unless_told_otherwise() -> None:
    legacy, ai = answer({}), answer({}, status=500)
    assert JUDGE.compare(legacy, ai).differences == (
        Difference("status", Change.VALUE, "status", 200, 500),
    )
    assert Judge(CompareRules(status=False)).compare(legacy, ai).result is Result.MATCH


@pytest.mark.parametrize("loss", Loss)
def test_an_answer_that_is_not_whole_cannot_be_compared(loss: Loss) -> None:
    lost = Answer(Variant.AI, 200, [], b"", 0, loss=loss)
    assert JUDGE.compare(answer({}), lost).error == loss
    assert JUDGE.compare(lost, lost).error == loss


def test_of_one_field_a_verdict_names_only_some_places() -> None:
    many = MOST_OF_ONE_FIELD + 5
    legacy, ai = {"a": [{"v": 1}] * many, "z": 1}, {"a": [{"v": 2}] * many, "z": 2}
    found = changes(legacy, ai)
    assert found.count(("/a/*/v", "value")) == MOST_OF_ONE_FIELD
    assert found[-1] == ("/z", "value")
    assert verdict(legacy, ai).more


def test_of_many_fields_a_verdict_names_only_some() -> None:
    legacy = {f"field_{number}": 1 for number in range(MOST_TOLD + 1)}
    said = verdict(legacy, {})
    assert len(said.differences) == MOST_TOLD
    assert said.more


def test_a_verdict_that_names_all_says_so() -> None:
    assert not verdict({"a": 1}, {"a": 2}).more


def test_malformed_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="is not a JSON pointer"):
        Judge(CompareRules(ignore=("a",)))
