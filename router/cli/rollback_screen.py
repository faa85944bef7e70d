"""What is seen of a rollback while it goes on, and after it."""

import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.cli.address import Address
from router.cli.output import printable, show
from router.cli.rollback_call import LIMIT, Outcome, Wish
from router.cli.rollback_words import (
    HELP,
    STILL_WAITING,
    acknowledged,
    problems,
    seen_sentence,
    sentence,
    summary,
)
from router.errors import OutputError


class Screen:
    """Prints what several threads hear. What cannot be printed never holds a rollback up."""

    def __init__(self, *, is_quiet: bool, names_routers: bool) -> None:
        self._is_quiet = is_quiet
        self._names_routers = names_routers
        self._lock = threading.Lock()
        self._lost: set[Address] = set()
        self._failure: OSError | OutputError | None = None

    def heard(self, admin: Address, ack: Mapping[str, Any]) -> None:
        """Show an acknowledgement."""
        self._print(acknowledged(ack, f"{admin} " if self._names_routers else ""))

    def lost(self, admin: Address, why: Exception) -> None:
        """Say why it takes longer; once, it may come again and again."""
        with self._lock:
            if admin not in self._lost:
                self._lost.add(admin)
                self._complain([f"{admin}: lost ({why}); asking again"])

    def waiting(self) -> None:
        """Say that it takes longer than it should."""
        with self._lock:
            self._complain([STILL_WAITING.format(limit=LIMIT)])

    def tell(self, outcomes: Sequence[Outcome], wish: Wish, now: float) -> str:
        """Say what became of it at each router; return the line that counts."""
        for outcome in outcomes:
            self._complain(problems(outcome.reports))
        lines = [line for outcome in outcomes for line in self._lines(outcome, now)]
        last = summary(outcomes, now)
        failures = [outcome for outcome in outcomes if outcome.problem is not None]
        if not failures and len(lines) == 1:
            last = lines.pop()
        for line in lines:
            self._print(line)
        self._complain(str(outcome.problem) for outcome in failures)
        if not all(outcome.is_refused for outcome in failures):
            self._complain([HELP.format(what=printable(wish.service or "--all"))])
        if failures:
            self._complain([last])
        else:
            self._print(last)
        return last

    def end(self, last: str) -> None:
        """Raise what could not be printed, now that all is done."""
        if isinstance(self._failure, OutputError):
            raise OutputError(f"{self._failure}, but this is so: {last}") from self._failure
        if self._failure is not None:
            raise self._failure

    def _lines(self, outcome: Outcome, now: float) -> Iterator[str]:
        where = f" at {outcome.admin}" if self._names_routers else ""
        yield from (sentence(report, where, now) for report in outcome.reports)
        yield from (seen_sentence(release, where) for release in outcome.seen)

    def _complain(self, lines: Iterator[str] | Sequence[str]) -> None:
        with contextlib.suppress(OSError):
            for line in lines:
                sys.stderr.write(f"{line}\n")

    def _print(self, line: str) -> None:
        if self._is_quiet:
            return
        with self._lock:
            try:
                if self._failure is None:
                    show(line)
            except (OSError, OutputError) as error:
                self._failure = error
