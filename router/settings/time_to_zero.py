"""Does what is configured leave AI in time, whatever has failed?

Like all conflicts it is found in the document, and skips what is unreadable. A service that holds
on is left in time only until it is complete: then nothing that is checked here bounds it, which is
its operator's decision, and is said.
"""

from collections.abc import Iterator
from typing import Final

from router.redis_address import MAX_LAG
from router.settings.document import Document
from router.settings.problems import Data, NotAllowedError, Path, Problem, shown
from router.settings.quantities import read_duration, read_positive_duration, show_duration
from router.settings.schema import Settings
from router.settings.store_url import SENTINEL

LONGEST_TO_ZERO: Final = 30.0
"""Seconds within which nobody is served by AI any more, whatever has failed."""
SLACK: Final = 2.0
"""Seconds for everything between the processes."""
LEASE: Final = 15.0
"""The default of `lease`."""
STREAM_DRAIN: Final = 10.0
"""The default of `stream_drain`."""

_UNBOUNDED: Final = (
    f"rollback is unbounded: once complete, a router that no rollback reaches asks AI for ever; "
    f"that AI is left within {show_duration(LONGEST_TO_ZERO)} holds until then alone"
)
_WITHIN: Final = f"AI is left within {show_duration(LONGEST_TO_ZERO)}"


def late_to_zero(document: Document) -> Iterator[Problem]:
    """Find what would let AI serve for too long.

    A router that lost its supervisor goes on until its lease ends, and its streams until they are
    drained. Where a service says how long that takes it is to blame, else the lease is.
    """
    lease = _seconds(document, ("lease",), LEASE)
    longest = LONGEST_TO_ZERO - SLACK - _max_lag(document) - lease
    is_blamed = longest < 0
    for path, _ in document.items("services"):
        place: Path = (*path, "release", "stream_drain")
        drain = _seconds(document, place, STREAM_DRAIN)
        if drain <= longest:
            continue
        if longest < 0 or document.at(place) is None:
            is_blamed = True
        else:
            yield _long_drain(document, place, lease, longest)
    if is_blamed:
        yield _long_lease(document)


def never_to_zero(settings: Settings, document: Document) -> Iterator[Problem]:
    """Say of each service that holds on what that costs."""
    for index, service in enumerate(settings.services):
        if service.release.on_partition == "hold":
            path: Path = ("services", index, "release", "on_partition")
            yield document.problem(path, _UNBOUNDED)


def _long_drain(document: Document, path: Path, lease: float, longest: float) -> Problem:
    # What the environment brought is not repeated, nor what can be told from it.
    known = f"a lease of {show_duration(lease)}"
    asked = "the lease" if document.is_secret(("lease",)) else known
    most = "less" if document.is_secret(("lease",)) else f"at most {show_duration(longest)}"
    allowed = f"{most}: with {asked} and {_slack(document)} {_WITHIN}"
    return document.problem(path, "", seen=_seen(document, path), allowed=allowed)


def _long_lease(document: Document) -> Problem:
    longest = LONGEST_TO_ZERO - SLACK - _max_lag(document) - STREAM_DRAIN
    allowed = (
        f"at most {show_duration(longest)}: with {show_duration(STREAM_DRAIN)} for streams and "
        f"{_slack(document)} {_WITHIN}"
    )
    return document.problem(("lease",), "", seen=_seen(document, ("lease",)), allowed=allowed)


def _max_lag(document: Document) -> float:
    """Return for how long a master that was replaced may still answer us."""
    url = document.at(("store", "url"))
    if not isinstance(url, str) or not url.startswith(SENTINEL):
        return 0.0
    return _seconds(document, ("store", "max_lag"), MAX_LAG)


def _slack(document: Document) -> str:
    lag = _max_lag(document)
    slack = f"{show_duration(SLACK)} of slack"
    return f"{slack} and {show_duration(lag)} of store.max_lag" if lag else slack


def _seconds(document: Document, path: Path, default: float) -> float:
    """Return what is written; where it cannot be read another check complains."""
    written: Data = document.at(path)
    if written is None:
        return default
    read = read_duration if path[-1] == "stream_drain" else read_positive_duration
    try:
        return read(written)
    except NotAllowedError:
        return 0.0


def _seen(document: Document, path: Path) -> str:
    return "a value that is not shown" if document.is_secret(path) else shown(document.at(path))
