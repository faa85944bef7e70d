"""What was heard of one request becomes a pair."""

from collections.abc import Iterable

from router.compare.pair import Answer, Asked, Pair
from router.proxy.shadow.capture import Capture
from router.proxy.shadow.copy import Copy

Origin = tuple[str, bytes, int, float]
"""Service, request id, phase, and when the request came, in Unix seconds."""


def pair_of(
    origin: Origin, asked: Asked, primary: Capture | None, copies: Iterable[Copy]
) -> Pair | None:
    """Put the answers where they belong; a repeated one that is not whole is left out.

    primary: what the user got, None for a request that nobody serves. None comes back where a
    variant was not asked at all.
    """
    # By the variants' numbers: to hash a member of an enum is a call.
    first: list[Answer | None] = [None, None]
    again: list[Answer | None] = [None, None]
    if primary is not None:
        first[primary.variant.number] = primary.answer()
    for copy in copies:
        if not copy.is_again:
            first[copy.variant.number] = copy.answer()
        elif copy.is_whole:
            again[copy.variant.number] = copy.answer()
    legacy, ai = first
    if legacy is None or ai is None:
        return None
    service, request_id, phase, at = origin
    served = None if primary is None else primary.variant
    return Pair(service, request_id, phase, at, asked, served, legacy, ai, again[0], again[1])
