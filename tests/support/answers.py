"""Answers as a comparison gets them, and what it says of them in short."""

from typing import Any

import orjson

from router.compare.judge import Judge
from router.compare.pair import Answer, Fields
from router.compare.rules import CompareRules
from router.compare.verdict import Verdict
from router.model import Variant

JSON_FIELDS: Fields = [(b"content-type", b"application/json")]


def answer(
    document: object, fields: Fields = JSON_FIELDS, status: int = 200, variant: Variant = Variant.AI
) -> Answer:
    """Return an answer with this document, or with exactly these bytes."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return Answer(variant, status, fields, body, len(body))


def verdict(legacy: object, ai: object, **rules: Any) -> Verdict:
    return Judge(CompareRules(**rules)).compare(answer(legacy), answer(ai))


def changes(legacy: object, ai: object, **rules: Any) -> list[tuple[str, str]]:
    """Return the field and change of all differences."""
    said = verdict(legacy, ai, **rules)
    assert said.error == ""
    return [(difference.field, difference.change.value) for difference in said.differences]
