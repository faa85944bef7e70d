import io
import sys

import pytest

from router.cli.replay_progress import LINE_EVERY, Bar, Lines, watched, words_of
from router.compare.pair import Loss
from router.model import Variant
from router.replay.played import Played


def played() -> Played:
    found = Played(read=1300, sent=1234, seconds=100, cost=1_500_000_000)
    found.lost[Variant.AI, Loss.TIMEOUT] = 3
    return found


def test_it_is_said_in_a_few_words() -> None:
    assert words_of(played()) == "1,234 sent, 0 compared, 12.3/s, 3 answers lost, 1.5 USD"
    assert words_of(Played()) == "0 sent, 0 compared, 0/s"


def test_a_line_is_said_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    lines = Lines(lambda: now)
    for _ in range(30):
        now += 1
        lines.look(played(), 0.454)
    lines.look(played(), None)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [f"replay (45%): {words_of(played())}"] * int(30 / LINE_EVERY)


def test_without_a_length_no_percentage_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    lines = Lines(lambda: now)
    now = LINE_EVERY
    lines.look(Played(), None)
    assert capsys.readouterr().err == f"replay: {words_of(Played())}\n"


def test_what_is_told_meanwhile_obeys_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Lines(lambda: 0.0).tell("a\x1b[2Jb")
    assert capsys.readouterr().err == "a\\x1b[2Jb\n"


def test_a_bar_moves_to_the_share_and_ends_whole() -> None:
    shown: list[tuple[str, float | None]] = []
    said: list[str] = []
    bar = Bar(lambda words, share: shown.append((words, share)), said.append)
    whole = Played(is_whole=True)
    bar.look(played(), 0.5)
    bar.look(played(), None)
    bar.look(whole, 0.97)
    bar.tell("a\nb")
    assert shown == [(words_of(played()), 0.5), (words_of(played()), None), (words_of(whole), 1.0)]
    assert said == ["a\\nb"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_is_a_bar_on_stderr_and_nothing_on_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with watched(lambda: 0.0) as watching:
        watching.look(played(), 0.25)
        watching.tell("[bold]a word[/bold]")
        watching.look(played(), 0.5)
    shown = terminal.getvalue()
    assert "50%" in shown
    assert "1,234 sent" in shown
    assert "[bold]a word[/bold]" in shown
    assert capsys.readouterr().out == ""
