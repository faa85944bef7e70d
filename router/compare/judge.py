"""Two answers in, one verdict out.

Bodies that are equal to the byte are not read; others are read, and documents are walked.
"""

from collections import Counter
from typing import Final

from orjson import JSONDecodeError, loads

from router.compare.effort import Effort
from router.compare.folds import Leaves
from router.compare.normal import TooDeepError
from router.compare.pair import Answer
from router.compare.pointers import exact, folded, places
from router.compare.rules import CompareRules
from router.compare.verdict import Change, Difference, Verdict
from router.compare.walk import EnoughError, Found, Walk, surely
from router.places.pointer import Json

TOO_DEEP: Final = "too_deep"

MOST_TOLD: Final = 100
"""Differences that a verdict names."""
MOST_OF_ONE_FIELD: Final = 10
"""Of one field and change, so that a long array leaves room for the rest."""

_ENCODING: Final = b"content-encoding"


class Judge:
    """The comparison of one service's answers, compiled from its rules."""

    __slots__ = ("_leaves", "_places", "_rules")

    def __init__(self, rules: CompareRules) -> None:
        """Compile the rules, or raise ValueError."""
        self._rules = rules
        self._places = places(rules)
        self._leaves = Leaves(rules.fold)

    def compare(self, legacy: Answer, ai: Answer) -> Verdict:
        """Say how AI's answer differs from legacy's; it never raises, whatever they are."""
        for answer in (legacy, ai):
            if answer.loss is not None:
                return Verdict(error=answer.loss.value)
        whole = self._whole(legacy, ai)
        if (
            legacy.body == ai.body
            and legacy.digest == ai.digest
            and _encoding(legacy) == _encoding(ai)
        ):
            return Verdict(tuple(whole))
        try:
            return self._documents(loads(legacy.body), loads(ai.body), whole)
        except JSONDecodeError:
            differing = Difference("body", Change.VALUE, "body", legacy.size, ai.size)
            return Verdict((*whole, differing))

    def _whole(self, legacy: Answer, ai: Answer) -> list[Difference]:
        if not self._rules.status or legacy.status == ai.status:
            return []
        return [Difference("status", Change.VALUE, "status", legacy.status, ai.status)]

    def _documents(self, legacy: Json, ai: Json, whole: list[Difference]) -> Verdict:
        more = False
        walk = Walk(self._leaves, Effort(), null_is_missing=self._rules.fold.null_is_missing)
        try:
            if not (legacy == ai and surely(legacy, ai)):
                walk.values(legacy, ai, self._places, None, 0)
        except EnoughError:
            more = True
        except (TooDeepError, RecursionError):  # the latter by what calls us having gone deep
            return Verdict(error=TOO_DEEP)
        told = _told(walk.found, MOST_TOLD - len(whole))
        return Verdict((*whole, *told), more=more or len(told) < len(walk.found))


def _told(found: list[Found], most: int) -> list[Difference]:
    differences: list[Difference] = []
    fields: Counter[tuple[str, Change]] = Counter()
    for path, change, legacy, ai in found:
        field = folded(path)
        fields[field, change] += 1
        if fields[field, change] <= MOST_OF_ONE_FIELD and len(differences) < most:
            differences.append(Difference(field, change, exact(path), legacy, ai))
    return differences


def _encoding(answer: Answer) -> list[bytes]:
    return [value for name, value in answer.fields if name == _ENCODING]
