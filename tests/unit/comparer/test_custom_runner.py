import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.compare.custom import Question
from router.comparer.custom_runner import place_of, serve
from router.comparer.custom_words import MOST_BYTES, READY, Reply, encode, reply_of
from router.wire.frames import Frames

ASKED = Question({"body": 1}, {"body": 2}, {"method": "GET"})
MODULE = """
class Judge:
    @staticmethod
    def compare(a, b):
        return a["body"] == b["body"]

def asks(a, b, request):
    return "same" if request["method"] == "GET" else "different"

def raises(a, b):
    raise KeyError("a customer's secret")

def leaves(a, b):
    raise SystemExit("a customer's secret")

def is_silent(a, b):
    pass
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "judge_of_tests.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "judge_of_tests"
    sys.modules.pop("judge_of_tests", None)


def replies(target: str, *questions: Question) -> list[Reply]:
    """Have the function answer in a thread, and return all that it said."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=serve, args=(theirs, target))
    thread.start()
    frames = Frames(MOST_BYTES)
    with ours:
        for question in questions:
            ours.sendall(encode(question))
        ours.shutdown(socket.SHUT_WR)
        thread.join()
        theirs.close()
        said = b"".join(iter(lambda: ours.recv(65536), b""))
    return [reply_of(body) for body in frames.feed(said)]


def test_a_function_is_called_with_both_answers(module: str) -> None:
    same = Question({"body": 1}, {"body": 1}, {})
    assert replies(f"{module}:Judge.compare", ASKED, same) == [
        READY,
        Reply("different"),
        Reply("same"),
    ]


def test_a_function_of_three_arguments_sees_the_request_too(module: str) -> None:
    assert replies(f"{module}:asks", ASKED) == [READY, Reply("same")]


@pytest.mark.parametrize(("name", "error"), [("raises", "KeyError"), ("leaves", "SystemExit")])
def test_what_a_function_raises_is_told_by_its_place_alone(
    module: str, name: str, error: str
) -> None:
    _, reply, again = replies(f"{module}:{name}", ASKED, ASKED)
    assert reply == again
    assert reply.said == "custom_failed"
    assert reply.detail.startswith(f"{error} at judge_of_tests.py:")
    assert "secret" not in reply.detail


def test_a_function_that_says_nothing_has_failed(module: str) -> None:
    _, reply = replies(f"{module}:is_silent", ASKED)
    assert reply == Reply("custom_failed", "it returned a NoneType")


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("{}_of_nobody:compare", "ModuleNotFoundError"),
        ("{}:no_such_function", "AttributeError"),
        ("{}:__name__", "TypeError"),
    ],
)
def test_a_function_that_cannot_be_had_is_told(module: str, target: str, error: str) -> None:
    (reply,) = replies(target.format(module))
    assert reply.said == "custom_failed"
    assert reply.detail.startswith(error)


def test_an_error_without_a_trace_is_told_by_its_type() -> None:
    assert place_of(ValueError("secret")) == "ValueError"
