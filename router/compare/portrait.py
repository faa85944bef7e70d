"""From a judged pair to what may be shown of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from router.compare.bodies import Kind, Unreadable, read_body
from router.compare.pair import Answer, Asked, Pair
from router.compare.pointers import name
from router.compare.redact import Redactor, shortened
from router.compare.rules import CompareRules, Profile
from router.compare.sample import Request, Sample, Shown, Side, Value
from router.compare.verdict import Difference, Judged, Result, Verdict
from router.model import Variant
from router.places.pointer import MISSING, Json, Missing, pointer, value_at

LONGEST_VALUE: Final = 256
"""Characters of a value that is shown by itself."""

MOST_SHOWN: Final = 50
"""Differences that a sample shows."""

_LONGEST_INDEX: Final = 4
"""Digits."""

METADATA: Final = "metadata"
FULL: Final = "full"

_METHODS: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT", b"PATCH", b"DELETE"))

# What programs make to name a request: hexadecimal digits, UUIDs, ULIDs.
_MADE: Final = re.compile(
    rb"[0-9a-f]{16,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    rb"|[0-7][0-9A-HJKMNP-TV-Z]{25}"
)


@dataclass(frozen=True, slots=True)
class _Read:
    """A body as it was understood, and the same with all that is hidden replaced.

    kind: why it was not, where there is no value.
    """

    kind: str
    value: Json | Missing = MISSING
    shown: Json | Missing = MISSING


class Portrayer:
    """How one service's pairs are shown. `digest` names what may not be named as it is."""

    __slots__ = ("_asked_by", "_digest", "_redactor", "_rules")

    def __init__(
        self, rules: CompareRules, redactor: Redactor, digest: Callable[[bytes], bytes]
    ) -> None:
        self._rules = rules
        self._asked_by = replace(rules, profile=Profile.GENERIC)
        self._redactor = redactor
        self._digest = digest

    def portray(self, number: str, pair: Pair, judged: Judged, result: Result) -> Sample:
        """Return the sample with the id ``number``."""
        verdict = judged.verdict
        reads = None if self._rules.record == METADATA else self._reads(pair)
        told = verdict.differences[:MOST_SHOWN]
        return Sample(
            id=number,
            service=pair.service,
            phase=judged.phase,
            at=pair.at,
            detail=self._rules.record,
            result=result.value,
            request=self._request(pair),
            legacy=self._side(pair.legacy, reads and reads[0]),
            ai=self._side(pair.ai, reads and reads[1]),
            served=None if pair.served is None else pair.served.value,
            differences=tuple(self._shown(each, reads) for each in told),
            more=verdict.more or len(told) < len(verdict.differences),
            error=verdict.error,
            decision=self._decision(verdict) if reads else None,
            noise=(_fields_of(judged.legacy_noise), _fields_of(judged.ai_noise)),
            weight=judged.weight,
        )

    def request_id(self, request_id: bytes) -> str:
        """Return a request's id; what somebody may have chosen himself is no name but a digest."""
        if _MADE.fullmatch(request_id):
            return request_id.decode()
        return f"~{self._digest(request_id).hex()}"

    # The request...

    def _request(self, pair: Pair) -> Request:
        asked = pair.request
        request = Request(
            id=self.request_id(pair.request_id),
            method=asked.method.decode() if asked.method in _METHODS else "other",
            size=asked.size,
        )
        if self._rules.record == METADATA:
            return request
        if self._rules.record != FULL:
            return msgspec.structs.replace(request, target=self._redactor.route(asked.target))
        read = self._read(_as_answer(asked), self._asked_by)
        return msgspec.structs.replace(
            request,
            target=self._redactor.target(asked.target),
            fields=self._redactor.fields(asked.fields),
            kind=read.kind,
            body=_value(read.shown),
        )

    # The answers...

    def _side(self, answer: Answer, read: _Read | None) -> Side:
        side = Side(
            status=answer.status,
            size=answer.size,
            seconds=round(answer.seconds, 6),
            loss="" if answer.loss is None else answer.loss.value,
        )
        if read is None or self._rules.record != FULL:
            return side
        fields = self._redactor.fields(answer.fields)
        return msgspec.structs.replace(side, fields=fields, kind=read.kind, body=_value(read.shown))

    def _reads(self, pair: Pair) -> tuple[_Read, _Read]:
        return self._read(pair.legacy, self._rules), self._read(pair.ai, self._rules)

    def _read(self, answer: Answer, rules: CompareRules) -> _Read:
        read = read_body(answer, rules)
        if isinstance(read, Unreadable):
            return _Read(read.reason)
        if read.kind is Kind.EMPTY:
            return _Read(read.kind.value)
        # A value is hidden by itself as well as in its object; pieces of a text stand in arrays.
        if rules.record != FULL and not isinstance(read.value, list):
            return _Read(read.kind.value, read.value)
        return _Read(read.kind.value, read.value, self._redactor.document(read.value))

    # The differences...

    def _shown(self, difference: Difference, reads: tuple[_Read, _Read] | None) -> Shown:
        shown = Shown(difference.field, difference.change.value)
        if reads is None:
            return shown
        if difference.field == "decision" and self._rules.decision is not None:
            places = self._rules.decision.legacy, self._rules.decision.ai
            values = difference.legacy, difference.ai
            legacy, ai = (
                msgspec.UNSET if isinstance(value, Missing) else self._label(place, value)
                for place, value in zip(places, values, strict=True)
            )
            return msgspec.structs.replace(shown, at=difference.at, legacy=legacy, ai=ai)
        return msgspec.structs.replace(
            shown,
            at=_place(difference.at),
            legacy=self._part(difference, difference.legacy, reads[0]),
            ai=self._part(difference, difference.ai, reads[1]),
        )

    def _part(self, difference: Difference, value: Json | Missing, read: _Read) -> Value:
        if isinstance(value, Missing):
            return msgspec.UNSET
        seen = self._seen(difference, value, read)
        return msgspec.UNSET if isinstance(seen, Missing) else shortened(seen, LONGEST_VALUE)

    def _seen(self, difference: Difference, value: Json, read: _Read) -> Json | Missing:
        field = difference.field
        if field.startswith("header:"):
            return self._redactor.field(field.removeprefix("header:"), str(value))
        if field == "status":
            return value
        if difference.at and not difference.at.startswith("/"):
            return self._redactor.part((), value)
        place = pointer(difference.at)
        # What it is within its document hides it better than what it is by itself.
        if value_at(read.value, place) == value:
            within = value_at(read.shown, place)
            if not isinstance(within, Missing):
                return within
        return self._redactor.part(place, value)

    def _decision(self, verdict: Verdict) -> tuple[str, str] | None:
        rule = self._rules.decision
        if verdict.decision is None or rule is None:
            return None
        legacy, ai = (
            self._label(place, label)
            for place, label in zip((rule.legacy, rule.ai), verdict.decision, strict=True)
        )
        return legacy, ai

    def _label(self, place: str, label: Json) -> str:
        return str(self._redactor.part(pointer(place), label))


def _as_answer(asked: Asked) -> Answer:
    """A request's body is read like an answer's."""
    return Answer(Variant.LEGACY, 200, asked.fields, asked.body, asked.size)


def _value(value: Json | Missing) -> Value:
    return msgspec.UNSET if isinstance(value, Missing) else value


def _place(at: str) -> str:
    """Indexes stay, and keys that look like names; so a long number is data, whichever it is."""
    if not at.startswith("/"):
        return at
    tokens = (it if it.isdigit() and len(it) <= _LONGEST_INDEX else name(it) for it in pointer(at))
    return "".join(f"/{token}" for token in tokens)


def _fields_of(noise: Verdict | None) -> tuple[str, ...] | None:
    return None if noise is None else tuple(dict.fromkeys(it.field for it in noise.differences))
