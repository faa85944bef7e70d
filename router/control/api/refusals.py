"""Which problems a call may answer: its own, and those that follow from what it is."""

from collections.abc import Iterator

from router.control.api.calls import Call
from router.control.api.problems import (
    BODY_TOO_LARGE,
    CROSS_ORIGIN,
    CSRF_REFUSED,
    FORBIDDEN,
    FOREIGN_HOST,
    INTERNAL_ERROR,
    MALFORMED_BODY,
    MALFORMED_QUERY,
    NOT_JSON,
    TOO_MANY_FAILURES,
    UNAUTHENTICATED,
    UNKNOWN_SERVICE,
    Kind,
)


def refusals_of(call: Call) -> tuple[Kind, ...]:
    """Return every problem of the call, each once."""
    return tuple(dict.fromkeys(_refusals(call)))


def _refusals(call: Call) -> Iterator[Kind]:
    yield from (FOREIGN_HOST, CROSS_ORIGIN)
    if not call.is_open:
        yield from (UNAUTHENTICATED, FORBIDDEN, TOO_MANY_FAILURES)
        if call.method != "GET":
            yield CSRF_REFUSED
    if call.is_of_service:
        yield UNKNOWN_SERVICE
    if any(parameter.where == "query" for parameter in call.parameters):
        yield MALFORMED_QUERY
    if call.takes is not None and not call.is_bodiless:
        yield from (MALFORMED_BODY, BODY_TOO_LARGE, NOT_JSON)
    yield from call.refuses
    yield INTERNAL_ERROR
