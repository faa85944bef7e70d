import pytest

from router.compare.judge import MOST_OF_ONE_FIELD, MOST_TOLD, Judge
from router.compare.pair import Answer, Loss
from router.compare.rules import CompareRules, Decision, Profile
from router.compare.verdict import Change, Difference, Result, Verdict
from router.model import Variant
from tests.support.answers import answer, changes, verdict

JUDGE = Judge(CompareRules())


def test_equal_bytes_match_whatever_they_are() -> None:
    assert verdict(b"\xff\x00", b"\xff\x00").result is Result.MATCH


def test_equal_bytes_in_two_encodings_are_not_equal() -> None:
    plain = answer({"a": 1})
    packed = answer({"a": 1}, fields=[*plain.fields, (b"content-encoding", b"gzip")])
    assert JUDGE.compare(plain, packed).error == "undecodable"


def test_two_texts_are_one_value_under_the_rules_of_the_whole_document() -> None:
    legacy, ai = answer(b"kitten", fields=[]), answer(b"sitting", fields=[])
    (difference,) = JUDGE.compare(legacy, ai).differences
    assert (difference.field, difference.change) == ("body", Change.VALUE)
    assert Judge(CompareRules(text=(("", 0.6),))).compare(legacy, ai).result is Result.MATCH


def test_a_document_and_none_differ_as_wholes() -> None:
    found = JUDGE.compare(answer({}), answer(b"<p>oops", fields=[(b"content-type", b"text/html")]))
    (difference,) = found.differences
    assert (difference.field, difference.change) == ("body", Change.TYPE)


def test_bodies_beyond_what_is_captured_are_known_by_their_digests() -> None:
    def large(digest: bytes) -> Answer:
        return Answer(Variant.AI, 200, [], b"", 10**6, digest=digest)

    assert JUDGE.compare(large(b"a" * 16), large(b"a" * 16)).result is Result.MATCH
    assert JUDGE.compare(large(b"a" * 16), large(b"b" * 16)).result is Result.DIVERGENT
    assert JUDGE.compare(large(b""), large(b"")).error == "too_large"


def test_the_profile_of_openai_compares_what_was_said() -> None:
    def said(text: str, identity: str) -> Answer:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return answer({"id": identity, "object": "chat.completion", "choices": [choice]})

    judge = Judge(CompareRules(profile=Profile.OPENAI))
    legacy = said("Your refund was sent today.", "a")
    assert judge.compare(legacy, said("Your refund was sent today!", "b")).result is Result.MATCH
    (difference,) = judge.compare(legacy, said("No.", "b")).differences
    assert difference.field == "/choices/*/message/content"


def test_equal_documents_match_however_they_are_written() -> None:
    assert verdict(b'{"a": 1, "b": 2}', b'{"b":2,"a":1.0}').result is Result.MATCH


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    assert verdict(b'{"a":1,"a":2}', b'{"a":2}').result is Result.MATCH


def test_whole_numbers_are_exact_to_64_bits_and_doubles_beyond() -> None:
    largest = 2**64 - 1
    assert verdict(b'{"a":%d}' % largest, b'{"a":%d}' % (largest - 1)).result is Result.DIVERGENT
    assert verdict(b'{"a":%d}' % (largest + 1), b'{"a":%d}' % (largest + 2)).result is Result.MATCH


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


def test_what_differs_before_the_bodies_is_named_first() -> None:
    legacy = answer({f"field_{number}": 1 for number in range(MOST_TOLD + 1)})
    said = JUDGE.compare(legacy, answer({}, status=500))
    assert len(said.differences) == MOST_TOLD
    assert said.differences[0].field == "status"


def test_a_verdict_that_names_all_says_so() -> None:
    assert not verdict({"a": 1}, {"a": 2}).more


def test_malformed_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="is not a JSON pointer"):
        Judge(CompareRules(ignore=("a",)))


# Decisions...


def decided(judge: Judge, legacy: object, ai: object) -> Verdict:
    return judge.compare(answer(legacy, variant=Variant.LEGACY), answer(ai, variant=Variant.AI))


def test_decisions_are_compared_in_legacys_words_and_not_as_values() -> None:
    judge = Judge(
        CompareRules(decision=Decision("/label", "/result/label", (("REFUND", "refund"),)))
    )
    same = decided(judge, {"label": "refund"}, {"result": {"label": "REFUND"}})
    assert same.decision == ("refund", "refund")
    assert [(each.field, each.change) for each in same.differences] == [("/result", Change.EXTRA)]
    other = decided(judge, {"label": "refund", "result": {}}, {"result": {"label": "other"}})
    assert other.decision == ("refund", "other")
    assert [each.field for each in other.differences] == ["decision"]


def test_equal_bytes_may_be_two_decisions() -> None:
    judge = Judge(CompareRules(decision=Decision("/a", "/b")))
    said = decided(judge, {"a": 1, "b": 2}, {"a": 1, "b": 2})
    assert said.decision == ("1", "2")
    assert said.result is Result.DIVERGENT


def test_where_all_keys_are_ignored_only_the_decision_is_compared() -> None:
    judge = Judge(CompareRules(decision=Decision("/a", "/b"), ignore=("/*",)))
    said = decided(judge, {"a": 1, "x": 2}, {"b": 1, "y": 2})
    assert said.decision == ("1", "1")
    assert said.result is Result.MATCH


def test_what_is_no_document_decides_nothing() -> None:
    judge = Judge(CompareRules(decision=Decision("/a", "/b")))
    said = decided(judge, {"a": 1}, b"an error page")
    assert said.decision == ("1", "")
