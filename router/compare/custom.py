"""What a service's own function is asked about two answers, and what its verdict means.

It may be a model that judges. So it is not told whose answer is whose: they are `a` and `b`, in an
order that is drawn for each question, without what a variant says of itself. Whatever it finds is
one field more, `custom`, with rates and intervals of its own.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from router.compare.bodies import Body, Kind, Unreadable, read_body, read_request
from router.compare.pair import Answer, Asked
from router.compare.rules import CompareRules
from router.compare.verdict import Change, Difference, Verdict
from router.places.pointer import MISSING, Json

Said = Literal["same", "different", "custom_failed", "custom_timeout", "custom_busy"]
"""Its verdict, or an error: it raised or said nothing that is known; it took too long; too many
questions waited for it."""

Object = dict[str, Json]

_FIELD: Final = "custom"


@dataclass(frozen=True, slots=True)
class Question:
    """What the function is called with."""

    a: Object
    b: Object
    request: Object


def question(
    asked: Asked, first: Answer, second: Answer, rules: CompareRules, *, turned: bool
) -> Question | None:
    """Put two answers into words; None where there is nothing to ask.

    turned: whether the second one is `a`. Answers that are equal to the byte say the same, and for
    what cannot be read there is an error already.
    """
    if _bytes_of(first) == _bytes_of(second):
        return None
    plain = _plain(first, rules), _plain(second, rules)
    a, b = reversed(plain) if turned else plain
    return None if a is None or b is None else Question(a, b, _request(asked))


def said_by(returned: object) -> Said:
    """Read what the function returned: a word, a truth value, or an object that has `verdict`."""
    if isinstance(returned, dict):
        returned = cast(dict[object, object], returned).get("verdict")
    if returned is True or returned == "same":
        return "same"
    if returned is False or returned == "different":
        return "different"
    return "custom_failed"


def with_custom(verdict: Verdict, said: Said) -> Verdict:
    """Add what the function said to what was found without it."""
    if verdict.error or said == "same":
        return verdict
    if said == "different":
        found = Difference(_FIELD, Change.VALUE, _FIELD, MISSING, MISSING)
        return replace(verdict, differences=(*verdict.differences, found))
    return Verdict(error=said)


def _bytes_of(answer: Answer) -> tuple[object, ...]:
    return answer.status, answer.size, answer.body, answer.digest


def _plain(answer: Answer, rules: CompareRules) -> Object | None:
    read = read_body(answer, rules)
    return None if isinstance(read, Unreadable) else {"status": answer.status, **_said(read)}


def _request(asked: Asked) -> Object:
    """Say what was asked for: who judges an answer has to know the question."""
    read = read_request(asked)
    said = {"kind": read.reason, "body": None} if isinstance(read, Unreadable) else _said(read)
    return {
        "method": asked.method.decode("latin-1"),
        "target": asked.target.decode("latin-1"),
        **said,
    }


def _said(body: Body) -> Object:
    return {"kind": body.kind.value, "body": None if body.kind is Kind.EMPTY else body.value}
