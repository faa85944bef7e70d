"""Two bodies that cannot be looked into, compared as wholes."""

from router.compare.bodies import TOO_LARGE, Body, Kind, Unreadable
from router.compare.verdict import Change, Difference
from router.places.pointer import MISSING


def whole_difference(legacy: Body, ai: Body) -> Difference | Unreadable | None:
    """Compare two bodies that are not both JSON and not both texts."""
    if legacy.kind is ai.kind and legacy.value == ai.value:
        return None
    # What one side packed the other may have packed better: sizes and digests say nothing then.
    kinds = {legacy.kind, ai.kind}
    is_packed = legacy.is_encoded or ai.is_encoded
    if is_packed and Kind.BEYOND in kinds and Kind.EMPTY not in kinds:
        return Unreadable(TOO_LARGE)
    values = (MISSING if body.kind is Kind.EMPTY else body.value for body in (legacy, ai))
    return Difference("body", _change(legacy.kind, ai.kind), "body", *values)


def _change(legacy: Kind, ai: Kind) -> Change:
    if ai is Kind.EMPTY:
        return Change.MISSING
    if legacy is Kind.EMPTY:
        return Change.EXTRA
    return Change.VALUE if legacy is ai or Kind.BEYOND in {legacy, ai} else Change.TYPE
