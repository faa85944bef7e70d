"""Adds up what all replicas count: each has a sheet in the store, and reads those of the others.

What another one has counted before it was seen first is nothing that happened lately; from then on
whatever it adds is kept, also when it goes away. It says itself what was answered since its share
took effect, for that is at another moment on each.
"""

import asyncio
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from operator import add, sub
from typing import Final

from router.control.effect import Answers
from router.errors import StoreError
from router.model import FallbackReason
from router.release.state import Release
from router.replica.membership import Presence
from router.store.tallying import Line, Sheet, Tallying
from router.wire.counting import GIST_LAYOUT, GIST_LENGTH

EVERY: Final = 1.0
"""Seconds between two sheets."""

FRESH: Final = 5.0
"""Seconds after which a sheet that nobody has written counts as old."""

MOST_KNOWN: Final = 64
"""Replicas whose answers are remembered, gone ones among them; of more the oldest are forgotten."""

_REASONS: Final = tuple(FallbackReason)
_NOTHING: Final = array("Q", bytes(8 * GIST_LENGTH))


@dataclass(slots=True)
class Theirs:
    """What another replica has written. at: when that was another sheet last, by our clock."""

    number: int = 0
    at: float = 0.0
    lines: dict[str, Line] = field(default_factory=dict[str, Line])


@dataclass(frozen=True, slots=True)
class Ours:
    """What we have to write: gists of all services, releases, and answers by their shares."""

    gists: Callable[[], Mapping[str, Sequence[int]]]
    releases: Callable[[], Iterable[Release]]
    answers: Callable[[str], Answers | None]


class Counting:
    """`run` until cancelled. store: None where it is ours alone. keep: seconds for a sheet."""

    def __init__(
        self,
        store: Tallying | None,
        instance: str,
        ours: Ours,
        others: Callable[[], Iterable[Presence]],
        *,
        clock: Callable[[], float],
        keep: Callable[[], float],
    ) -> None:
        self._store = store
        self._instance = instance
        self._ours = ours
        self._others = others
        self._clock = clock
        self._keep = keep
        self._number = 0
        self._written: dict[str, Line] = {}
        self._theirs: dict[str, Theirs] = {}
        self.added: Mapping[str, Sequence[int]] = {}
        """By service: what others have added since we know of them."""

    async def run(self) -> None:
        """Write and read once a second, for ever."""
        while self._store is not None:
            await self.exchange(self._store)
            await asyncio.sleep(EVERY)

    async def exchange(self, store: Tallying) -> None:
        """Write what has changed here, and read what has changed elsewhere."""
        lines = {line.service: line for line in self._lines()}
        changed = [line for name, line in lines.items() if line != self._written.get(name)]
        known = {each.instance: self._number_of(each.instance) for each in self._others()}
        before, self._number = self._number, self._number + 1
        sheet = Sheet(self._number, GIST_LAYOUT, changed)
        try:
            found = await store.tally(self._instance, sheet, known, keep=self._keep())
        except (StoreError, TimeoutError):
            return  # it may have been written or not: what changed is written once more
        has_all = found.before == before
        self._written = lines if has_all else {line.service: line for line in changed}
        for instance, read in found.others.items():
            if read.layout == GIST_LAYOUT:
                self._read(instance, replace(read, lines=[*filter(_is_sound, read.lines)]))
                await asyncio.sleep(0)  # 300 busy services take some milliseconds: others first

    # Asking...

    @property
    def replicas_counted(self) -> int:
        """How many replicas' figures are up to date, our own among them."""
        since = self._clock() - FRESH
        return 1 + sum(theirs.at > since for theirs in self._theirs.values())

    def answers(self, release: Release) -> Answers:
        """Return what others have answered since this share took effect with them."""
        term, total = (release.epoch, release.phase), Answers()
        for theirs in self._theirs.values():
            line = theirs.lines.get(release.service)
            if line is not None and (line.epoch, line.phase) == term:
                total = total.plus(_answers(line.answers))
        return total

    # Own...

    def _number_of(self, instance: str) -> int:
        return self._theirs[instance].number if instance in self._theirs else 0

    def _lines(self) -> Iterator[Line]:
        gists = self._ours.gists()
        for release in self._ours.releases():
            gist = gists.get(release.service, _NOTHING)
            answers = self._ours.answers(release.service) or Answers()
            counted = (answers.legacy, answers.ai, *map(answers.fallbacks.get, _REASONS, repeat(0)))
            yield Line(release.service, release.epoch, release.phase, tuple(counted), tuple(gist))

    def _read(self, instance: str, sheet: Sheet) -> None:
        is_new = instance not in self._theirs
        theirs = self._theirs.setdefault(instance, Theirs())
        if sheet.number != theirs.number:
            theirs.number, theirs.at = sheet.number, self._clock()
        if not is_new:
            self._add(theirs, sheet.lines)
        theirs.lines.update((line.service, line) for line in sheet.lines)
        while len(self._theirs) > MOST_KNOWN:
            del self._theirs[min(self._theirs, key=lambda each: self._theirs[each].at)]

    def _add(self, theirs: Theirs, lines: Iterable[Line]) -> None:
        added = dict(self.added)
        for line in lines:
            before = theirs.lines.get(line.service)
            more = line.gist if before is None else tuple(map(sub, line.gist, before.gist))
            if min(more) >= 0:
                known = added.get(line.service, _NOTHING)
                added[line.service] = tuple(map(add, known, more))
        self.added = added


def _is_sound(line: Line) -> bool:
    """Say whether it can be counted with: what stands in a store may come from anybody."""
    return len(line.gist) == GIST_LENGTH and len(line.answers) == len(_REASONS) + 2


def _answers(counted: Sequence[int]) -> Answers:
    legacy, ai, *fallbacks = counted
    fell_back = {str(reason): n for reason, n in zip(_REASONS, fallbacks, strict=True) if n}
    return Answers(legacy, ai, fell_back)
