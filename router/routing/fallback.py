"""A backend let us down: may somebody be asked again, and who?

Rule 1: whatever decides this lives here. Rule 2: a request whose bytes may have been acted upon
is never sent again, unless its method promises that a second time does no harm.
"""

import enum
from typing import Final

from router.model import FallbackReason, Variant


class Failure(enum.Enum):
    """How a backend let us down before a byte of its answer could be passed on."""

    UNREACHABLE = "unreachable"  # refused, unresolvable, no route: no byte was sent
    CONNECT_TIMEOUT = "connect_timeout"  # no byte was sent
    BUSY = "busy"  # our own limits: all connections taken, the queue full or too slow
    LOST = "lost"  # sent, and the connection ended without a whole answer
    TIMED_OUT = "timed_out"  # sent, and nothing came in time
    MALFORMED = "malformed"  # it answered what may not be passed on


_NOTHING_SENT: Final = frozenset({Failure.UNREACHABLE, Failure.CONNECT_TIMEOUT})
_SAFE_METHODS: Final = frozenset({b"GET", b"HEAD", b"OPTIONS"})


def fallback_reason(
    variant: Variant, failure: Failure, *, on_connect: bool
) -> FallbackReason | None:
    """Return why legacy is asked in AI's place, or None if it is not.

    Only what failed before a byte was sent counts here, so it holds for every method.
    """
    if variant is Variant.AI and on_connect and failure in _NOTHING_SENT:
        return FallbackReason.CONNECT
    return None


def may_ask_again(method: bytes, *, has_body: bool) -> bool:
    """Tell whether a second time does no harm, and the request is still wholly in our hands."""
    return not has_body and method in _SAFE_METHODS


def may_resend(failure: Failure, *, method: bytes, has_body: bool, reused: bool) -> bool:
    """Tell whether the same variant may be asked again over a fresh connection.

    A kept connection may have been closed by the backend just as we wrote (RFC 9112, 9.3.1): then
    and only then, and only for safe requests that are still wholly in our hands.
    """
    return failure is Failure.LOST and reused and may_ask_again(method, has_body=has_body)
