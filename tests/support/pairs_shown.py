"""Judged pairs as they are shown, at each level of `compare.record`."""

from router.compare.callers import Callers
from router.compare.detectors import Detectors
from router.compare.judge import Judge
from router.compare.pair import Answer, Asked, Fields, Pair
from router.compare.portrait import Portrayer
from router.compare.redact import Redactor
from router.compare.rules import CompareRules
from router.compare.sample import Sample
from router.compare.verdict import Judged, Verdict
from router.model import Variant
from tests.support.stored import NOON

SECRET = bytes(range(32))
DETECTORS = Detectors(("card", "email", "bearer"))
MADE_ID = b"0123456789abcdef0123456789abcdef"


def asked(
    body: bytes = b"{}", *, target: bytes = b"/v1/classify", fields: Fields | None = None
) -> Asked:
    said: Fields = [(b"content-type", b"application/json")] if fields is None else fields
    return Asked(b"POST", target, said, body, len(body))


def answered(
    variant: Variant,
    body: bytes,
    kind: bytes = b"application/json",
    **more: bytes,
) -> Answer:
    fields: Fields = [(b"content-type", kind)]
    fields += [(name.replace("_", "-").encode(), value) for name, value in more.items()]
    return Answer(variant, 200, fields, body, len(body), seconds=0.25)


def pair_of(legacy: Answer, ai: Answer, request: Asked | None = None, id_: bytes = MADE_ID) -> Pair:
    return Pair("support", id_, 7, NOON, request or asked(), Variant.LEGACY, legacy, ai)


def portrayed(pair: Pair, rules: CompareRules, verdict: Verdict | None = None) -> Sample:
    """Return what is shown of a pair, of which this was said or what a judge of it says."""
    said = verdict or Judge(rules).compare(pair.legacy, pair.ai)
    judged = Judged(pair.service, "7", pair.at, said)
    redactor = Redactor(rules.mask, DETECTORS, rules.headers)
    return Portrayer(rules, redactor, Callers(SECRET).digest).portray(
        "1", pair, judged, said.result
    )
