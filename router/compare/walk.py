"""Two documents, walked along together; what is equal is not entered.

A path of the walk is made only where something differs. Its length, the number of differences and
all work that is more than linear are bounded; an answer that is beyond the bounds is said to be so.
"""

from contextlib import suppress
from functools import partial
from typing import Final

from router.compare.arrays import Pairing, by_name, reordered
from router.compare.effort import Effort, SpentError
from router.compare.equality import surely, unsettled_indexes, unsettled_keys
from router.compare.folds import Leaves
from router.compare.json_text import TooDeepError
from router.compare.normal import DEEPEST, Normal
from router.compare.pointers import NO_BRANCHES, Path, Place
from router.compare.rules import ValueClass
from router.compare.verdict import Change
from router.places.pointer import MISSING, Json, Missing, Pointer, value_at

MOST_FOUND: Final = 1000
"""Differences after which a walk ends."""

_TWO: Final = 2
"""One element alone cannot have changed its place."""
_A_TRIAL: Final = 10
"""What a look whether two elements are alike costs of the effort, in values written down."""
_LETTERS_A_VALUE: Final = 1 << 15
"""Pairs of letters that are compared in the time of one value: texts cost their product."""

Found = tuple[Path, Change, Json | Missing, Json | Missing]


class EnoughError(Exception):
    """So much differs that the rest is not looked at."""


class Walk:
    """One walk; it is used once. `found` grows as it goes."""

    __slots__ = ("_effort", "_is_trial", "_leaves", "_most", "_null_is_missing", "found")

    def __init__(
        self,
        leaves: Leaves,
        effort: Effort,
        *,
        null_is_missing: bool,
        most: int = MOST_FOUND,
    ) -> None:
        self.found: list[Found] = []
        self._leaves = leaves
        self._effort = effort
        self._null_is_missing = null_is_missing
        self._most = most
        self._is_trial = not most

    def values(self, legacy: Json, ai: Json, place: Place | None, path: Path, depth: int) -> None:
        """Compare two values that are both there."""
        if place is not None and place.ignored:
            return
        if self._null_is_missing and (legacy is None) is not (ai is None):
            self._alone(legacy, ai, path)
        elif place is not None and place.kind is ValueClass.ANY:
            return
        elif isinstance(legacy, dict) and isinstance(ai, dict):
            self._objects(legacy, ai, place, path, depth)
        elif isinstance(legacy, list) and isinstance(ai, list):
            self._arrays(legacy, ai, place, path, depth)
        else:
            if self._is_trial and isinstance(legacy, str) and isinstance(ai, str):
                self._effort.spend(len(legacy) * len(ai) // _LETTERS_A_VALUE)
            change = self._leaves.change(legacy, ai, place)
            if change is not None:
                self._tell(path, change, legacy, ai)

    def _tell(self, path: Path, change: Change, legacy: Json | Missing, ai: Json | Missing) -> None:
        if len(self.found) == self._most:
            raise EnoughError
        self.found.append((path, change, legacy, ai))

    def _alone(self, legacy: Json | Missing, ai: Json | Missing, path: Path) -> None:
        if legacy is MISSING or (self._null_is_missing and legacy is None):
            self._tell(path, Change.EXTRA, legacy, ai)
        else:
            self._tell(path, Change.MISSING, legacy, ai)

    # Objects...

    def _objects(
        self,
        legacy: dict[str, Json],
        ai: dict[str, Json],
        place: Place | None,
        path: Path,
        depth: int,
    ) -> None:
        if depth == DEEPEST:
            raise TooDeepError
        below, other = (NO_BRANCHES, None) if place is None else place.branches()
        missing = 0
        for key in unsettled_keys(legacy, ai):
            where = below.get(key, other)
            if key in ai:
                self.values(legacy[key], ai[key], where, (path, key), depth + 1)
            else:
                missing += 1
                self._only(legacy[key], MISSING, where, (path, key))
        if len(ai) > len(legacy) - missing:  # also where all that differed so far is ignored
            for key, two in ai.items():
                if key not in legacy:
                    self._only(MISSING, two, below.get(key, other), (path, key))

    def _only(
        self, legacy: Json | Missing, ai: Json | Missing, place: Place | None, path: Path
    ) -> None:
        if place is not None and place.ignored:
            return
        if self._null_is_missing and (legacy is None or ai is None):
            return
        self._alone(legacy, ai, path)

    # Arrays...

    def _arrays(
        self, legacy: list[Json], ai: list[Json], place: Place | None, path: Path, depth: int
    ) -> None:
        if depth == DEEPEST:
            raise TooDeepError
        if place is not None and place.match_by is not None:
            pairing = by_name(legacy, ai, partial(self._name, place.match_by))
        elif place is not None and place.unordered:
            pairing = self._unordered(legacy, ai, place, depth)
        elif len(legacy) != len(ai):
            pairing = self._shifted(legacy, ai, place, depth)
        else:
            self._ordered(legacy, ai, place, path, depth)
            return
        for index, one, two in pairing.pairs:
            self.values(one, two, _element(place, index), (path, index), depth + 1)
        lone_legacy = [value for index, value in pairing.legacy if _counts(place, index)]
        lone_ai = [value for index, value in pairing.ai if _counts(place, index)]
        if lone_legacy or lone_ai:
            self._tell(path, Change.LENGTH, lone_legacy, lone_ai)

    def _ordered(
        self, legacy: list[Json], ai: list[Json], place: Place | None, path: Path, depth: int
    ) -> None:
        before = len(self.found)
        differing = 0
        for index in unsettled_indexes(legacy, ai):
            known = len(self.found)
            where = _element(place, index)
            self.values(legacy[index], ai[index], where, (path, index), depth + 1)
            if len(self.found) == known:
                continue
            differing += 1
            if differing == _TWO and self._reordered(legacy, ai, place, depth):
                del self.found[before:]
                self._tell(path, Change.ORDER, legacy, ai)
                return

    def _reordered(
        self, legacy: list[Json], ai: list[Json], place: Place | None, depth: int
    ) -> bool:
        where = None if place is None else place.branches()[1]
        normal = self._normal()
        try:
            return reordered(legacy, ai, lambda one: normal.written(one, where, depth + 1))
        except SpentError:
            return False

    def _shifted(
        self, legacy: list[Json], ai: list[Json], place: Place | None, depth: int
    ) -> Pairing:
        """Pair what stands before and after the place where something came or went."""
        start = end = 0
        with suppress(SpentError):
            shorter = min(len(legacy), len(ai))
            while start < shorter and self._alike(
                legacy[start], ai[start], _element(place, start), depth + 1
            ):
                start += 1
            where = None if place is None else place.branches()[1]
            while end < shorter - start and self._alike(
                legacy[-1 - end], ai[-1 - end], where, depth + 1
            ):
                end += 1
        pairing = Pairing(
            list(enumerate(legacy))[start : len(legacy) - end],
            list(enumerate(ai))[start : len(ai) - end],
        )
        pairing.in_order()
        return pairing

    def _unordered(self, legacy: list[Json], ai: list[Json], place: Place, depth: int) -> Pairing:
        where = place.branches()[1]
        pairing = Pairing(list(enumerate(legacy)), list(enumerate(ai)))
        with suppress(SpentError):
            self._pair(pairing, where, depth + 1)
        pairing.in_order()
        return pairing

    def _pair(self, pairing: Pairing, where: Place | None, depth: int) -> None:
        everything = Pairing(pairing.legacy, pairing.ai)
        normal = self._normal()
        pairing.cancel(normal.as_it_is)
        if pairing.legacy and pairing.ai:
            pairing.cancel(lambda one: normal.written(one, where, depth))
        if pairing.legacy and pairing.ai and where is not None and where.approximate:
            # What has an equal may be the only one that another is alike to.
            rest = everything if everything.can_be_tried else pairing
            rest.match(lambda one, two: self._alike(one, two, where, depth))
            pairing.legacy, pairing.ai = rest.legacy, rest.ai

    def _normal(self) -> Normal:
        return Normal(self._leaves, self._effort, null_is_missing=self._null_is_missing)

    def _name(self, by: Pointer, element: Json) -> bytes | None:
        name = value_at(element, by)
        if name is None or isinstance(name, Missing | list | dict):
            return None
        return self._normal().name(name)

    def _alike(self, legacy: Json, ai: Json, place: Place | None, depth: int) -> bool:
        if legacy == ai and surely(legacy, ai):
            return True
        self._effort.spend(_A_TRIAL)
        trial = Walk(self._leaves, self._effort, null_is_missing=self._null_is_missing, most=0)
        try:
            trial.values(legacy, ai, place, None, depth)
        except EnoughError:
            return False
        return True


def _element(place: Place | None, index: int) -> Place | None:
    return None if place is None else place.element(index)


def _counts(place: Place | None, index: int) -> bool:
    where = _element(place, index)
    return where is None or not where.ignored
