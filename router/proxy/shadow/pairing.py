"""What was heard of one request becomes a pair, as it is written to the comparer.

As mappings, not as the values of `compare.pair`: making those costs more than anything else here.
"""

from collections.abc import Iterable
from typing import Final

from router.proxy.shadow.capture import Capture
from router.proxy.shadow.copy import Copy
from router.wire.pairs import Row

BOTH: Final = 2


def pair_of(row: dict[str, object], primary: Capture | None, copies: Iterable[Copy]) -> Row | None:
    """Add the answers to what is known of the request, but no repeated one that is not whole.

    primary: what the user got, None for a request that nobody serves. None comes back where a
    variant was not asked at all.
    """
    answers = 0
    if primary is not None:
        row[primary.variant] = answer_of(primary)
        answers = 1
    for copy in copies:
        if not copy.is_again:
            row[copy.variant] = answer_of(copy)
            answers += 1
        elif copy.is_whole:
            row[copy.variant + "_repeat"] = answer_of(copy)
    row["served"] = None if primary is None else primary.variant
    return row if answers == BOTH else None


def answer_of(capture: Capture) -> Row:
    """Write one answer."""
    began = capture.began or capture.ended
    answer: dict[str, object] = {
        "variant": capture.variant,
        "status": capture.status,
        "fields": capture.fields,
        "body": capture.read(),
        "size": capture.size,
        "seconds": capture.ended - began,
        "first_byte": capture.first_byte - began if capture.first_byte else 0.0,
    }
    if capture.is_beyond:
        answer["digest"] = capture.digest()
    if capture.loss is not None:
        answer["loss"] = capture.loss
    return answer
