"""The tour against a stand-in for the router; tests/system takes it through the real one."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from router.demo import children
from router.demo.lines import Lines
from router.demo.plan import Plan, Step
from router.demo.run import run
from router.demo.scene import RouterCommand
from tests.support import stand_in_router

PLAN = Plan((Step(0, 1.0), Step(50, 1.2), Step(0, 1.0)), tickets_per_second=400, customers=400)

pytestmark = pytest.mark.slow


def stand_in(*fault: str) -> RouterCommand:
    def command(config: Path) -> tuple[str, ...]:
        return (sys.executable, stand_in_router.__file__, str(config), *fault)

    return command


def toured(*fault: str) -> tuple[int, str]:
    out = io.StringIO()
    console = Console(file=out, width=100, no_color=True)
    code = run(PLAN, Lines(console), console, stand_in(*fault))
    return code, out.getvalue()


def test_a_tour_in_which_everything_holds_exits_0() -> None:
    code, said = toured()
    assert code == 0, said
    assert "Everything held." in said


def test_a_router_that_rolls_anew_for_each_request_is_found_out() -> None:
    code, said = toured("fickle")
    assert code == 1
    assert "on AI already" in said


def test_a_router_that_only_says_it_changed_is_found_out() -> None:
    code, said = toured("deaf")
    assert code == 1
    assert "At 50 % the AI answered 0.0%" in said


def test_a_router_that_ends_is_an_error_with_its_exit_code() -> None:
    code, said = toured("frail")
    assert code == 1
    assert "The demo cannot go on. The " in said


def test_a_router_that_is_never_ready_is_an_error_and_not_a_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "READY_WITHIN", 3.0)
    code, said = toured("mute")
    assert code == 1
    assert "The router did not answer" in said
