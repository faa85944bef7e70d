"""Pairs as workers bring them, with little said about what does not matter."""

from collections.abc import Sequence
from dataclasses import replace

from router.compare.pair import Answer, Asked, Pair
from router.model import Variant

Field = tuple[bytes, bytes]

JSON = [(b"content-type", b"application/json")]
MINUTE = 1_800_000_000.0
"""When a minute began, in Unix seconds."""


def answer(
    variant: Variant,
    body: bytes = b'{"label": "refund"}',
    status: int = 200,
    more: Sequence[Field] = (),
) -> Answer:
    return Answer(variant, status, [*JSON, *more], body, len(body), seconds=0.02, first_byte=0.01)


def pair(
    legacy: bytes = b'{"label": "refund"}',
    ai: bytes = b'{"label": "refund"}',
    *,
    number: int = 0,
    service: str = "support",
    phase: int = 7,
    at: float = MINUTE,
    ai_fields: Sequence[Field] = (),
) -> Pair:
    asked = Asked(b"POST", b"/v1/classify", list(JSON), b'{"text": "hello"}', 17)
    return Pair(
        service,
        b"request-%d" % number,
        phase,
        at,
        asked,
        Variant.LEGACY,
        answer(Variant.LEGACY, legacy),
        answer(Variant.AI, ai, more=ai_fields),
    )


def twice(it: Pair, legacy: bytes | None = None, ai: bytes | None = None) -> Pair:
    """Return the pair with second answers of those that are given."""
    return replace(
        it,
        legacy_repeat=None if legacy is None else answer(Variant.LEGACY, legacy),
        ai_repeat=None if ai is None else answer(Variant.AI, ai),
    )
