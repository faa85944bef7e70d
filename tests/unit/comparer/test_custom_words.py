import msgspec
import pytest

from router.compare.custom import Question
from router.comparer.custom_words import MOST_BYTES, READY, Reply, encode, question_of, reply_of
from router.places.pointer import Json
from router.wire.frames import Frames

ASKED = Question({"body": {"a": [1, 2.5, None, True]}}, {"body": "text"}, {"method": "GET"})


def bodies(frames: bytes) -> list[bytes]:
    return [*Frames(MOST_BYTES).feed(frames)]


def test_questions_and_replies_are_read_as_they_were_written() -> None:
    reply = Reply("custom_failed", "KeyError at judge.py:7")
    first, second, third = bodies(encode(ASKED) + encode(reply) + encode(READY))
    assert question_of(first) == ASKED
    assert reply_of(second) == reply
    assert reply_of(third) == READY


def test_what_is_too_long_is_not_asked() -> None:
    with pytest.raises(ValueError, match="too long"):
        encode(Question({"body": "x" * MOST_BYTES}, {}, {}))


def test_what_is_too_deep_is_not_asked() -> None:
    deep: Json = None
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises((ValueError, RecursionError)):
        encode(Question({"body": deep}, {}, {}))


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x93same", b"\x82\xa4said\xa5maybe"])
def test_what_is_no_reply_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        reply_of(body)
