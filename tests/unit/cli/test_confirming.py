import argparse
import io
import sys

import pytest

from router.cli.confirming import (
    Question,
    add_yes_option,
    agrees,
    is_to_be_asked,
    of_approve,
    of_complete,
    of_drill,
    of_promote,
    of_resume,
    of_set,
    of_start,
)
from tests.support.admin_double import RELEASE

NONE = argparse.Namespace()
PENDING = {"command": "set", "percent": 50.0, "by": "ada.lovelace", "reason": "\x1bgood"}


@pytest.mark.parametrize(
    ("question", "arguments", "release", "step"),
    [
        (of_set, {"percent": 50}, {}, "20 % -> 50 % of callers go to AI"),
        (of_set, {"percent": 20}, {}, None),
        (of_set, {"percent": 0}, {}, None),
        (of_start, {}, {"percent": 0}, "0 % -> 5 % of callers go to AI"),
        (of_promote, {}, {}, "20 % -> 50 % of callers go to AI"),
        (of_promote, {}, {"percent": 100}, "100 %, rolling -> complete: the rollout is over"),
        (of_complete, {}, {"percent": 50}, "50 %, rolling -> complete: the rollout is over"),
        (of_resume, {"confirm_lost_state": False}, {}, None),
        (
            of_resume,
            {"confirm_lost_state": True},
            {"percent": 0},
            "0 % -> what they were before the store lost its state, of callers go to AI",
        ),
        (of_approve, {}, {}, None),
        (
            of_approve,
            {},
            {"pending": PENDING},
            r"20 % -> 50 % of callers go to AI (asked for by ada.lovelace: \x1bgood)",
        ),
    ],
)
def test_a_person_sees_from_what_to_what(
    question: Question, arguments: dict[str, object], release: dict[str, object], step: str | None
) -> None:
    asked = question(argparse.Namespace(**arguments), {**RELEASE, **release})
    assert asked == (step and f"support: {step}")


@pytest.mark.parametrize(
    ("typed", "is_yes"),
    [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("", False), ("yep\n", False)],
)
def test_whatever_is_not_yes_is_no(
    typed: str,
    is_yes: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert agrees("support: 5 % -> 20 %") is is_yes
    assert capsys.readouterr().out == "support: 5 % -> 20 %. Go on? [y/N] "


@pytest.mark.parametrize(
    ("stdin", "stdout", "words", "is_asked"),
    [
        (True, True, [], True),
        (True, True, ["--yes"], False),
        (True, True, ["-y"], False),
        (False, True, [], False),
        (True, False, [], False),
    ],
)
def test_only_somebody_at_a_terminal_is_asked(
    stdin: bool, stdout: bool, words: list[str], is_asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = argparse.ArgumentParser()
    add_yes_option(parser)
    monkeypatch.setattr(sys, "__stdin__", sys.stdin)
    monkeypatch.setattr("sys.stdin.isatty", lambda: stdin, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: stdout)
    assert is_to_be_asked(parser.parse_args(words)) is is_asked


def test_a_drill_says_what_it_costs() -> None:
    assert of_drill(RELEASE) == (
        "support: 20 % -> 0 % of callers go to AI for some seconds, a real rollback, then 20 % "
        "again"
    )
