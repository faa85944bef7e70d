import gzip
from dataclasses import replace

import pytest

from router.compare.custom import Question, Said, question, said_by, with_custom
from router.compare.pair import Answer, Asked, Loss
from router.compare.rules import CompareRules, Profile
from router.compare.verdict import Change, Difference, Verdict
from router.model import Variant
from router.places.pointer import MISSING

JSON = (b"content-type", b"application/json")
ASKED = Asked(b"POST", b"/v1/answer?a=1", [JSON, (b"cookie", b"id=1")], b'{"text": "Why?"}', 16)
LEGACY = Answer(Variant.LEGACY, 200, [JSON, (b"server", b"old")], b'{"answer": "So."}', 17)
AI = Answer(Variant.AI, 200, [JSON, (b"x-gray-model", b"gpt-x")], b'{"answer": "Thus."}', 19)
RULES = CompareRules(custom="judge:compare")


def asked(first: Answer, second: Answer, *, turned: bool = False) -> Question | None:
    return question(ASKED, first, second, RULES, turned=turned)


def test_a_question_is_two_answers_and_what_was_asked_for() -> None:
    assert asked(LEGACY, AI) == Question(
        a={"status": 200, "kind": "json", "body": {"answer": "So."}},
        b={"status": 200, "kind": "json", "body": {"answer": "Thus."}},
        request={
            "method": "POST",
            "target": "/v1/answer?a=1",
            "kind": "json",
            "body": {"text": "Why?"},
        },
    )


def test_the_order_may_be_turned_and_nothing_else_says_whose_answer_is_whose() -> None:
    straight, turned = asked(LEGACY, AI), asked(LEGACY, AI, turned=True)
    assert straight is not None
    assert turned is not None
    assert (turned.a, turned.b, turned.request) == (straight.b, straight.a, straight.request)


def test_answers_that_are_equal_to_the_byte_are_not_asked_about() -> None:
    assert asked(LEGACY, replace(LEGACY, variant=Variant.AI)) is None
    assert asked(LEGACY, replace(LEGACY, status=500)) is not None


@pytest.mark.parametrize(
    "unread",
    [
        replace(AI, loss=Loss.TIMEOUT),
        replace(AI, fields=[JSON, (b"content-encoding", b"gzip")]),
    ],
)
def test_an_answer_that_cannot_be_read_is_not_asked_about(unread: Answer) -> None:
    assert asked(LEGACY, unread) is None
    assert asked(unread, LEGACY) is None


def test_a_body_is_read_through_its_encoding_and_profile() -> None:
    packed = gzip.compress(b'{"id": "1", "choices": [{"message": {"content": "Hi"}}]}')
    encoded = replace(
        AI, fields=[JSON, (b"content-encoding", b"gzip")], body=packed, size=len(packed)
    )
    put = question(ASKED, LEGACY, encoded, CompareRules(profile=Profile.OPENAI), turned=False)
    assert put is not None
    assert put.b["body"] == {"choices": [{"message": {"content": "Hi"}, "finish_reason": None}]}


def test_what_has_no_body_says_so() -> None:
    put = question(
        replace(ASKED, fields=[], body=b"", size=0),
        replace(LEGACY, body=b"", size=0),
        AI,
        RULES,
        turned=False,
    )
    assert put is not None
    assert put.a == {"status": 200, "kind": "empty", "body": None}
    assert put.request["body"] is None


def test_a_request_that_cannot_be_read_is_told_without_its_body() -> None:
    put = question(replace(ASKED, body=b"", size=10**6), LEGACY, AI, RULES, turned=False)
    assert put is not None
    assert (put.request["kind"], put.request["body"]) == ("too_large", None)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("same", "same"),
        ("different", "different"),
        (True, "same"),
        (False, "different"),
        ({"verdict": "different", "reason": "tone"}, "different"),
        ("error", "custom_failed"),
        ("SAME", "custom_failed"),
        (None, "custom_failed"),
        (1, "custom_failed"),
        ({}, "custom_failed"),
        (["same"], "custom_failed"),
    ],
)
def test_a_function_returns_a_word_or_a_truth_value(returned: object, said: Said) -> None:
    assert said_by(returned) == said


SCORE = Difference("/score", Change.VALUE, "/score", 1, 2)


def test_a_verdict_is_one_field_more() -> None:
    differs = Difference("custom", Change.VALUE, "custom", MISSING, MISSING)
    assert with_custom(Verdict((SCORE,)), "same") == Verdict((SCORE,))
    assert with_custom(Verdict((SCORE,)), "different") == Verdict((SCORE, differs))
    assert with_custom(Verdict((), ("a", "b")), "different") == Verdict((differs,), ("a", "b"))


@pytest.mark.parametrize("said", ["custom_failed", "custom_timeout", "custom_busy"])
def test_without_a_verdict_the_pair_is_an_error(said: Said) -> None:
    assert with_custom(Verdict((SCORE,)), said) == Verdict(error=said)


def test_an_error_stays_the_error_that_it_was() -> None:
    assert with_custom(Verdict(error="too_deep"), "different") == Verdict(error="too_deep")
