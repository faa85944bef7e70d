"""What is told of a replay: as `GET …/divergences` tells of users' requests, and how it went."""

from collections.abc import Sequence
from typing import Any

from router.compare.ledger import WAITING, Coverage
from router.control.api.divergence_views import Wanted, answers_view
from router.control.comparisons import Seen
from router.replay.played import Played
from router.routing.spending import NANO


def report(service: str, source: str, played: Played) -> dict[str, Any]:
    """Return it as JSON has it."""
    seen = Seen(("replay",), "replay", played.tally, _coverage(played), "replay")
    view = answers_view(service, seen, Wanted(), [], None).model_dump(mode="json")
    signals = [field["field"] for field in view["fields"] if not field["is_noise"]]
    return {**view, "replay": _course(source, played, signals)}


def _coverage(played: Played) -> Coverage:
    errors = played.tally.errors
    left_out = {**played.left_out, **errors, WAITING: played.unanswered}
    return Coverage(
        played.eligible,
        played.tally.pairs - sum(errors.values()),
        {reason: count for reason, count in sorted(left_out.items()) if count},
    )


def _course(source: str, played: Played, signals: Sequence[str]) -> dict[str, Any]:
    """Say how it went. signals: fields that are not known to be noise, as far as is known by now.

    Early pairs were judged before that was known.
    """
    places = played.differing
    return {
        "source": source,
        "is_whole": played.is_whole,
        "stopped": played.stopped or None,
        "read": played.read,
        "sent": played.sent,
        "seconds": round(played.seconds, 3),
        "cost_usd": played.cost / NANO,
        "outside": dict(played.outside),
        "unreadable": [
            {"why": why, "count": count, "first": played.first_broken[why]}
            for why, count in played.broken.items()
        ],
        "lost": {f"{variant} {loss}": count for (variant, loss), count in played.lost.items()},
        "differing": {name: list(places[name]) for name in signals if name in places},
    }
