"""What is kept of many comparisons: integers that add up over minutes, replicas and restarts.

A tally knows no service, no phase and no time; whoever keeps it files it under them. It holds no
content: names of fields, kinds of change, labels of decisions, counts.
"""

from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

import msgspec

from router.compare.cells import (
    AI_FAILED,
    AI_OWN,
    DIFFERS,
    LEGACY_FAILED,
    LEGACY_OWN,
    Counts,
    FieldTally,
    add_up,
    at_most,
    group_of,
    level_of,
)
from router.compare.copied import Copied
from router.compare.decision import ANOTHER
from router.compare.habits import habit
from router.compare.latency import note
from router.compare.noise import noisy, result_of
from router.compare.pair import Loss
from router.compare.verdict import Difference, Judged, Result, Verdict
from router.errors import TallyError

MOST_FIELDS: Final = 300
"""A map keyed by customers would make a field of each; what is beyond goes to `OTHER`."""
MOST_LABELS: Final = 50
"""Of decisions, and of reasons why pairs could not be compared."""
LONGEST_LABEL: Final = 64
"""Characters. What is longer is a text, and no label: it goes to `OTHER`."""
OTHER: Final = "(other)"
"""Of fields: in how many pairs any of them differed, or more where sums have folded them."""
LOSSES: Final = frozenset(Loss)
"""Errors of pairs of which an answer is not whole."""
_LAYOUT: Final = 1
"""The first byte of what `dump` returns."""

Matrix = dict[str, dict[str, int]]
"""One side's label -> the other side's label -> pairs."""


@dataclass(slots=True)
class Decisions:
    """Who decided what. between: legacy's label, then AI's; own: the first, then the second."""

    between: Matrix = field(default_factory=Matrix)
    legacy_own: Matrix = field(default_factory=Matrix)
    ai_own: Matrix = field(default_factory=Matrix)


@dataclass(slots=True)
class Tally:
    """Counts of judged pairs.

    pairs: all of them; requests: the sampled requests that they stand for; lost: those among the
    latter of which an answer is not whole. groups: pairs that could be compared, by weight and by
    who was asked twice (`cells`). overall: as in `fields`, of
    any field that was not known to be noise. failures: of all pairs, by who failed. legacy_seconds,
    ai_seconds: of answers that did not fail (`latency`). copied: pairs that legacy did not serve.
    """

    pairs: int = 0
    requests: int = 0
    lost: int = 0
    results: dict[Result, int] = field(default_factory=dict[Result, int])
    errors: dict[str, int] = field(default_factory=dict[str, int])
    groups: Counts = field(default_factory=Counts)
    overall: Counts = field(default_factory=Counts)
    fields: dict[str, FieldTally] = field(default_factory=dict[str, FieldTally])
    decisions: Decisions = field(default_factory=Decisions)
    failures: Counts = field(default_factory=Counts)
    legacy_seconds: Counts = field(default_factory=Counts)
    ai_seconds: Counts = field(default_factory=Counts)
    copied: Copied = field(default_factory=Copied)

    def add(self, judged: Judged, noise: AbstractSet[str] = frozenset()) -> Result:
        """Count a pair; ``noise``: which fields were known to be noise before it was judged."""
        level = level_of(judged.weight)
        self.pairs += 1
        self.requests += judged.weight
        self._note_outcomes(judged, level)
        verdict = judged.verdict
        result = result_of(verdict, noise)
        self.results[result] = self.results.get(result, 0) + 1
        if result is Result.ERROR:
            _count(self.errors, verdict.error, 1)
            self.lost += judged.weight if verdict.error in LOSSES else 0
        else:
            self._note_fields(judged, level, noise)
        return result

    def plus(self, other: "Tally") -> None:
        """Add the counts of ``other``, whoever counted them."""
        self.pairs += other.pairs
        self.requests += other.requests
        self.lost += other.lost
        for result, count in other.results.items():
            self.results[result] = self.results.get(result, 0) + count
        for reason, count in other.errors.items():
            _count(self.errors, reason, count)
        for into, counts in zip(_plain(self), _plain(other), strict=True):
            add_up(into, counts)
        self.copied.plus(other.copied)
        self._add_fields(other)
        for matrix, theirs in zip(_matrices(self), _matrices(other), strict=True):
            _add_matrix(matrix, theirs)

    def noisy(self) -> frozenset[str]:
        """Return the fields that are noise by these counts; hand them to `add` for later pairs.

        `OTHER` is none of them: which fields it stands for changes with every sum.
        """
        return noisy(self.groups, self.fields) - {OTHER}

    def dump(self) -> bytes:
        """Return all of it as bytes; the first one names their layout."""
        return bytes((_LAYOUT,)) + _encoder.encode(self)

    def _note_outcomes(self, judged: Judged, level: int) -> None:
        legacy_failed, ai_failed = judged.failed
        cell = group_of(level) | (LEGACY_FAILED if legacy_failed else 0)
        cell |= AI_FAILED if ai_failed else 0
        self.failures[cell] = self.failures.get(cell, 0) + 1
        if judged.is_copied:
            self.copied.note(judged.seconds[0], judged.weight, failed=legacy_failed)
        if not legacy_failed:
            note(self.legacy_seconds, judged.seconds[0], level)
        if not ai_failed:
            note(self.ai_seconds, judged.seconds[1], level)

    def _note_fields(self, judged: Judged, level: int, noise: AbstractSet[str]) -> None:
        """Find the cell of the pair for each field in which anything differed."""
        legacy, ai = _usable(judged.legacy_noise), _usable(judged.ai_noise)
        group = group_of(level, legacy_twice=legacy is not None, ai_twice=ai is not None)
        self.groups[group] = self.groups.get(group, 0) + 1
        verdict = judged.verdict
        self._note_decisions(verdict, legacy, ai)
        outcomes = self._outcomes(((verdict, DIFFERS), (legacy, LEGACY_OWN), (ai, AI_OWN)))
        if not outcomes:  # as of nearly all pairs
            return
        overall = 0
        for name, outcome in outcomes.items():
            cells = self.fields[name].cells
            cells[group | outcome] = cells.get(group | outcome, 0) + 1
            if name not in noise:
                overall |= outcome
        if overall:
            self.overall[group | overall] = self.overall.get(group | overall, 0) + 1
        self._note_words(verdict, legacy, ai)

    def _note_words(self, verdict: Verdict, *own: Verdict | None) -> None:
        for name, change in self._once(verdict, lambda it: it.change.value):
            changes = self.fields[name].changes
            changes[change] = changes.get(change, 0) + 1
        for second in own:
            if second is not None:
                for name, kind in self._once(second, habit):
                    kinds = self.fields[name].own
                    kinds[kind] = kinds.get(kind, 0) + 1

    def _outcomes(self, sides: Iterable[tuple[Verdict | None, int]]) -> dict[str, int]:
        outcomes: dict[str, int] = {}
        for verdict, bit in sides:
            if verdict is not None:
                for difference in verdict.differences:
                    name = self._name(difference.field)
                    outcomes[name] = outcomes.get(name, 0) | bit
        return outcomes

    def _once(
        self, verdict: Verdict, word: Callable[[Difference], str]
    ) -> Iterable[tuple[str, str]]:
        """Return fields with a word for how they differ, each at most once."""
        return dict.fromkeys([(self._name(it.field), word(it)) for it in verdict.differences])

    def _note_decisions(self, verdict: Verdict, legacy: Verdict | None, ai: Verdict | None) -> None:
        if verdict.decision is None:
            return
        for matrix, it in zip(_matrices(self), (verdict, legacy, ai), strict=True):
            if it is not None and it.decision is not None:
                _note_decision(matrix, it.decision, 1)

    def _add_fields(self, other: "Tally") -> None:
        """Add its fields; those for which there is no room together, as at most its pairs."""
        folded = FieldTally()
        for name, its in other.fields.items():
            is_room = name != OTHER and self._name(name) == name
            _add_field(self.fields[name] if is_room else folded, its)
        if folded.cells:
            folded.cells = at_most(folded.cells, other.groups)
            pairs = sum(folded.cells.values())
            folded.changes = {it: min(count, pairs) for it, count in folded.changes.items()}
            _add_field(self.fields.setdefault(OTHER, FieldTally()), folded)

    def _name(self, name: str) -> str:
        """Return the name to count under; there is a `FieldTally` of it afterwards."""
        if name not in self.fields:
            if len(self.fields) >= MOST_FIELDS:
                name = OTHER
            self.fields.setdefault(name, FieldTally())
        return name


def load(dumped: bytes) -> Tally:
    """Return the tally that was dumped, or raise `TallyError`."""
    if dumped[:1] != bytes((_LAYOUT,)):
        raise TallyError(f"counts of layout {dumped[:1].hex() or 'none'} are not understood")
    try:
        return _decoder.decode(memoryview(dumped)[1:])
    except msgspec.MsgspecError as error:
        raise TallyError("counts of comparisons mean nothing") from error


def summed(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of all of them."""
    total = Tally()
    for tally in tallies:
        total.plus(tally)
    return total


def _usable(own: Verdict | None) -> Verdict | None:
    """A second answer that could not be compared is none."""
    return None if own is None or own.error else own


def _plain(tally: Tally) -> tuple[Counts, ...]:
    outcomes = tally.groups, tally.overall, tally.failures
    return (*outcomes, tally.legacy_seconds, tally.ai_seconds)


def _matrices(tally: Tally) -> tuple[Matrix, Matrix, Matrix]:
    decisions = tally.decisions
    return decisions.between, decisions.legacy_own, decisions.ai_own


def _add_field(into: FieldTally, its: FieldTally) -> None:
    add_up(into.cells, its.cells)
    for change, count in its.changes.items():
        into.changes[change] = into.changes.get(change, 0) + count
    for kind, count in its.own.items():
        into.own[kind] = into.own.get(kind, 0) + count


def _add_matrix(into: Matrix, matrix: Matrix) -> None:
    for first, row in matrix.items():
        for second, count in row.items():
            _note_decision(into, (first, second), count)


def _note_decision(matrix: Matrix, labels: tuple[str, str], count: int) -> None:
    """Count labels; who agrees stays on the diagonal, and nobody else comes there."""
    first, second = labels
    row = _bounded(first, matrix)
    columns = matrix.setdefault(row, {})
    column = row if second == first else _bounded(second, columns)
    if column == row and second != first:
        column = ANOTHER
    columns[column] = columns.get(column, 0) + count


def _count(counts: dict[str, int], label: str, count: int) -> None:
    label = _bounded(label, counts)
    counts[label] = counts.get(label, 0) + count


def _bounded(label: str, known: Mapping[str, object]) -> str:
    if label in known:
        return label
    return OTHER if len(label) > LONGEST_LABEL or len(known) >= MOST_LABELS else label


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Tally)
