"""What may stand behind the `?` of `…/divergences`."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from router.compare.verdict import Change
from router.control.api.problems import MALFORMED_QUERY, RefusedError
from router.control.api.queries import one, whole_number

KINDS: Final = ("answer", "metric")

PAGE: Final = 20
"""Samples of a page where nobody says how many."""

LONGEST_PAGE: Final = 500

LONGEST_WORD: Final = 200
"""Letters of a field or a phase."""

DURATION: Final = r"^[1-9][0-9]{0,4}[smhd]$"
CURSOR: Final = r"^[0-9]{1,12}(\.[0-9]{1,9})?~[0-9A-Za-z_-]{1,128}$"

_DURATION: Final = re.compile(DURATION)
_CURSOR: Final = re.compile(CURSOR)
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. since: Unix seconds, None for all time. before: (at, id) of a page."""

    kind: str
    field: str | None
    change: str | None
    phase: str | None
    since: float | None
    limit: int
    before: tuple[float, str] | None


def read_query(request: web.Request, now: float) -> Query:
    """Return what is asked for, or refuse what means nothing."""
    kind = one(request, "kind") or "answer"
    if kind not in KINDS:
        raise RefusedError(MALFORMED_QUERY, f"kind is one of {', '.join(KINDS)}")
    change = one(request, "change")
    if change is not None and change not in set(Change):
        raise RefusedError(MALFORMED_QUERY, f"change is one of {', '.join(Change)}")
    return Query(
        kind=kind,
        field=_word(request, "field"),
        change=change,
        phase=_word(request, "phase"),
        since=_since(one(request, "since"), now),
        limit=whole_number(request, "limit", PAGE, least=1, most=LONGEST_PAGE),
        before=_before(one(request, "page")),
    )


def cursor(place: tuple[float, str] | None) -> str | None:
    """Write where the next page begins."""
    return None if place is None else f"{place[0]!r}~{place[1]}"


def _word(request: web.Request, name: str) -> str | None:
    word = one(request, name)
    if word is not None and len(word) > LONGEST_WORD:
        raise RefusedError(MALFORMED_QUERY, f"{name} has at most {LONGEST_WORD} letters")
    return word


def _since(written: str | None, now: float) -> float | None:
    if written is None:
        return None
    if _DURATION.match(written):
        return max(0.0, now - int(written[:-1]) * _UNITS[written[-1]])
    try:
        at = datetime.fromisoformat(written)
        if at.tzinfo is not None:
            return max(0.0, at.timestamp())
    except (ValueError, OverflowError):
        pass
    raise RefusedError(
        MALFORMED_QUERY, "since is a duration (90s, 15m, 2h, 7d) or a time, 2026-11-22T09:00:00Z"
    )


def _before(written: str | None) -> tuple[float, str] | None:
    if written is None:
        return None
    if not _CURSOR.match(written):
        raise RefusedError(MALFORMED_QUERY, "page is the `next` of an answer to the same question")
    at, _, number = written.partition("~")
    return float(at), number
