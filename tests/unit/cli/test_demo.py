import argparse

import pytest
from rich.console import Console

from router.cli import demo
from router.demo import run as tour
from router.demo.lines import Lines
from router.demo.live import LiveView
from router.demo.plan import LIVE, ONCE, Plan


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    demo.register(parser.add_subparsers())
    return parser.parse_args(["demo", *words])


@pytest.mark.parametrize(
    ("words", "terminal", "plan", "display"),
    [
        ([], True, LIVE, LiveView),
        ([], False, ONCE, Lines),
        (["--once"], True, ONCE, Lines),
        (["--once"], False, ONCE, Lines),
    ],
)
def test_the_live_view_needs_a_terminal_and_no_once(
    words: list[str],
    terminal: bool,
    plan: Plan,
    display: type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def recorded(gone: Plan, shown: object, _: Console) -> int:
        assert gone is plan
        assert isinstance(shown, display)
        return 42

    monkeypatch.setattr(tour, "run", recorded)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    arguments = parsed(*words)
    assert arguments.run(arguments) == 42
