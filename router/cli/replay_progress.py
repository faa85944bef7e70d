"""How far a replay is: a bar on a terminal, a line now and then where nobody looks.

All of it goes to stderr; rich is loaded where there is a terminal alone.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from router.cli.output import printable

if TYPE_CHECKING:
    from router.replay.played import Played

LINE_EVERY: Final = 10.0
"""Seconds between two lines where there is no terminal."""


class Watching(Protocol):
    """Whoever looks on (`router.replay.command.Watching`)."""

    def look(self, played: "Played", share: float | None) -> None: ...
    def tell(self, line: str) -> None: ...


@contextmanager
def watched(clock: Callable[[], float]) -> Generator[Watching]:
    """Show it in the way that fits."""
    if not sys.stderr.isatty():
        yield Lines(clock)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    with Progress(
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        number = progress.add_task("begins", total=None)
        yield Bar(
            lambda words, share: progress.update(
                number,
                description=words,
                completed=share or 0.0,
                total=None if share is None else 1.0,
            ),
            lambda line: progress.console.print(line, markup=False, highlight=False),
        )


class Bar:
    """A bar; without a share it says that something moves."""

    def __init__(
        self, show: Callable[[str, float | None], object], say: Callable[[str], object]
    ) -> None:
        self._show = show
        self._say = say

    def look(self, played: "Played", share: float | None) -> None:
        self._show(words_of(played), 1.0 if played.is_whole else share)

    def tell(self, line: str) -> None:
        self._say(printable(line))


class Lines:
    """A line each `LINE_EVERY` seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._next = clock() + LINE_EVERY

    def look(self, played: "Played", share: float | None) -> None:
        if (now := self._clock()) >= self._next:
            self._next = now + LINE_EVERY
            how_far = "" if share is None else f" ({share:.0%})"
            self.tell(f"replay{how_far}: {words_of(played)}")

    def tell(self, line: str) -> None:
        sys.stderr.write(f"{printable(line)}\n")
        sys.stderr.flush()


def words_of(played: "Played") -> str:
    """Say it in a few words."""
    rate = played.sent / played.seconds if played.seconds else 0.0
    words = [f"{played.sent:,} sent", f"{played.compared:,} compared", f"{rate:.3g}/s"]
    if lost := played.lost.total():
        words.append(f"{lost:,} answers lost")
    if cost := played.cost:
        words.append(f"{cost / 1e9:.4g} USD")
    return ", ".join(words)
