"""Sees to it that on every slot exactly one worker accepts."""

from collections.abc import Collection, Iterable
from typing import Protocol

from router.control.seating import seated
from router.wire.messages import Accept, ToWorker


class Line(Protocol):
    """The one thing that is needed of a worker's channel."""

    def send(self, message: ToWorker) -> None: ...


class Acceptors:
    """Tells each worker its slots, and knows who accepts by now."""

    def __init__(self, slots: Iterable[int]) -> None:
        self._slots = frozenset(slots)
        self._lines: dict[str, Line] = {}
        self._told: dict[str, frozenset[int]] = {}
        self._confirmed: dict[str, frozenset[int]] = {}
        self._presumed: set[str] = set()
        self._is_closed = False

    @property
    def is_complete(self) -> bool:
        """Whether on every slot one of those accepts that are counted on."""
        counted = [self._confirmed.get(name, frozenset()) for name in self._lines]
        return self._slots == frozenset[int]().union(*counted)

    @property
    def is_empty(self) -> bool:
        """Whether nobody accepts anywhere, or has been told to."""
        return not (self._presumed or any([*self._told.values(), *self._confirmed.values()]))

    @property
    def has_presumed(self) -> bool:
        return bool(self._presumed)

    def accepting(self, name: str) -> tuple[int, ...]:
        """Return where this worker accepts, as far as it has said."""
        return tuple(sorted(self._confirmed.get(name, ())))

    def ready(self, name: str, line: Line) -> None:
        """Count on this worker from now on."""
        if name not in self._lines:
            self._lines[name] = line
            self._told[name] = frozenset()
            self._seat()

    def gone(self, name: str) -> None:
        """Give this worker's slots to others, at once."""
        if self._lines.pop(name, None) is not None:
            del self._told[name]
            self._seat()

    def presume(self, name: str) -> None:
        """Take it that this worker, which was told by a predecessor, accepts somewhere."""
        self._presumed.add(name)

    def confirm(self, name: str, slots: Collection[int]) -> None:
        """Note where this worker accepts now, whether or not it is counted on."""
        self._presumed.discard(name)
        self._confirmed[name] = frozenset(slots)

    def forget(self, name: str) -> None:
        """It is dead: it accepts nowhere."""
        self.gone(name)
        self._confirmed.pop(name, None)
        self._presumed.discard(name)

    def close(self) -> None:
        """Move no slot any more."""
        self._is_closed = True

    def _seat(self) -> None:
        if self._is_closed:
            return
        after = seated(self._slots, self._told)
        # Who gets slots is told first: for a moment two accept there, rather than nobody.
        by_growth = sorted(after, key=lambda name: len(self._told[name] - after[name]))
        for name in by_growth:
            if after[name] != self._told[name]:
                self._told[name] = after[name]
                self._lines[name].send(Accept(sorted(after[name])))
