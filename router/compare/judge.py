"""Two answers in, one verdict out.

Bodies that are equal to the byte are not read; others are read, and documents are walked.
"""

from dataclasses import replace
from typing import Final

from router.compare.bodies import TOO_DEEP, Body, Kind, Unreadable, read_body
from router.compare.decision import Decisions, decision_difference, named
from router.compare.effort import Effort
from router.compare.equality import surely
from router.compare.folds import Leaves
from router.compare.headers import header_differences
from router.compare.json_text import TooDeepError
from router.compare.openai import with_profile
from router.compare.pair import Answer
from router.compare.pointers import exact, folded, places
from router.compare.rules import CompareRules, Profile
from router.compare.verdict import Change, Difference, Verdict
from router.compare.walk import EnoughError, Found, Walk
from router.compare.whole import whole_difference
from router.model import Variant
from router.places.pointer import MISSING, Json

MOST_TOLD: Final = 100
"""Differences that a verdict names."""
MOST_OF_ONE_FIELD: Final = 10
"""Of one field and change, so that a long array leaves room for the rest."""

_MATCH: Final = Verdict()
_ENCODING: Final = b"content-encoding"


class Judge:
    """The comparison of one service's answers, compiled from its rules."""

    __slots__ = (
        "_decisions",
        "_leaves",
        "_null_is_missing",
        "_places",
        "_rules",
    )

    def __init__(self, rules: CompareRules) -> None:
        """Compile the rules, or raise ValueError."""
        if rules.profile is Profile.OPENAI:
            rules = with_profile(rules)
        self._decisions = Decisions(rules.decision) if rules.decision else None
        if rules.decision:  # its words are compared in one language, as the field `decision`
            decided = (rules.decision.legacy, rules.decision.ai)
            rules = replace(rules, ignore=(*rules.ignore, *decided))
        self._rules = rules
        self._places = places(rules)
        self._leaves = Leaves(rules.fold)
        self._null_is_missing = rules.fold.null_is_missing

    def compare(self, legacy: Answer, ai: Answer) -> Verdict:
        """Say how AI's answer differs from legacy's; it never raises, whatever they are.

        For noise both are of one variant.
        """
        for answer in (legacy, ai):
            if answer.loss is not None:
                return Verdict(error=answer.loss.value)
        whole = header_differences(legacy, ai, self._rules)
        if self._decisions is None and _same_bytes(legacy, ai):
            return Verdict(tuple(whole))
        return self._read(legacy, ai, whole)

    def _read(self, legacy: Answer, ai: Answer, whole: list[Difference]) -> Verdict:
        theirs, its = read_body(legacy, self._rules), read_body(ai, self._rules)
        if isinstance(theirs, Unreadable):
            return Verdict(error=theirs.reason)
        if isinstance(its, Unreadable):
            return Verdict(error=its.reason)
        labels = None
        if self._decisions is not None:
            labels = _labels(self._decisions, (legacy.variant, theirs), (ai.variant, its))
            differing = decision_difference(*labels)
            if differing:
                whole.append(differing)
        said = self._bodies(theirs, its, MOST_TOLD - len(whole))
        if said.error or not (whole or labels):
            return said
        return Verdict((*whole, *said.differences), labels and named(*labels), more=said.more)

    def _bodies(self, legacy: Body, ai: Body, most: int) -> Verdict:
        if legacy.kind is ai.kind is Kind.JSON:
            return self._documents(legacy.value, ai.value, most)
        if legacy.kind is ai.kind is Kind.TEXT:
            return self._texts(legacy.value, ai.value)
        differing = whole_difference(legacy, ai)
        if isinstance(differing, Unreadable):
            return Verdict(error=differing.reason)
        return Verdict((differing,) if differing else ())

    def _texts(self, legacy: Json, ai: Json) -> Verdict:
        change = self._leaves.change(legacy, ai, self._places)
        return Verdict((Difference("body", change, "body", legacy, ai),) if change else ())

    def _documents(self, legacy: Json, ai: Json, most: int) -> Verdict:
        walk = Walk(self._leaves, Effort(), null_is_missing=self._null_is_missing)
        more = False
        try:
            if not (legacy == ai and surely(legacy, ai)):
                walk.values(legacy, ai, self._places, None, 0)
        except EnoughError:
            more = True
        except (TooDeepError, RecursionError):  # the latter where its caller has gone deep too
            return Verdict(error=TOO_DEEP)
        if not walk.found:
            return _MATCH
        told = _told(walk.found, most)
        return Verdict(tuple(told), more=more or len(told) < len(walk.found))


def _same_bytes(legacy: Answer, ai: Answer) -> bool:
    is_whole = bool(legacy.body) or not (legacy.size or ai.size)
    return is_whole and legacy.body == ai.body and _encoding(legacy) == _encoding(ai)


def _encoding(answer: Answer) -> list[bytes]:
    return [value for name, value in answer.fields if name == _ENCODING]


def _labels(decisions: Decisions, *answers: tuple[Variant, Body]) -> tuple[str, str]:
    legacy, ai = (
        decisions.label(body.value if body.kind is Kind.JSON else MISSING, variant)
        for variant, body in answers
    )
    return legacy, ai


def _told(found: list[Found], most: int) -> list[Difference]:
    differences: list[Difference] = []
    fields: dict[tuple[str, Change], int] = {}
    for path, change, legacy, ai in found:
        field = folded(path)
        count = fields[field, change] = fields.get((field, change), 0) + 1
        if count <= MOST_OF_ONE_FIELD and len(differences) < most:
            differences.append(Difference(field, change, exact(path), legacy, ai))
    return differences
