"""A store that lost its state: AI stays at 0 until a person says how it stood.

A release that is missing altogether may be back in a moment (a store that is being restored), and
as long as it is missing nobody's lease is renewed; so one lease is waited for, in which everybody
stops, and only then it is written anew. An earlier epoch is answered at once: whoever does not
know better would go on serving by it.

Each member writes what it knows, and `join` has the highest epoch among them hold. A rollback
is restored by itself; a share is not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from router.release.commands import LoseState
from router.release.plan import ReleasePlan
from router.release.state import Release, Standing
from router.release.transitions import Decision, decide
from router.replica.judging import Finding, Judgement


@dataclass(frozen=True, slots=True)
class Losses:
    """By service: since when the store has had no release of it any more."""

    since: Mapping[str, float] = field(default_factory=dict[str, float])

    def seen(self, judgements: Iterable[Judgement], now: float) -> "Losses":
        """Take an answer into account: what is there again was not lost."""
        missing = (
            judgement.release.service
            for judgement in judgements
            if judgement.finding is Finding.MISSING
        )
        return Losses({service: self.since.get(service, now) for service in missing})

    def are_final(self, service: str, lease: float, now: float) -> bool:
        """Say whether it has been missing for so long that everybody has stopped."""
        since = self.since.get(service)
        return since is not None and now >= since + lease


def paused(release: Release, plan: ReleasePlan, by: str, at: float) -> Release:
    """Return what is to be served, and written, in place of what the store has lost."""
    decision = decide(release, LoseState(by=by, at=at), plan)
    if not isinstance(decision, Decision):
        raise TypeError(f"{release.service} cannot lose its state: {decision}")
    return decision.after


def is_settled(release: Release, served_since: float, lease: float, now: float) -> bool:
    """Say whether everybody has had the time to say what he knows, so that it may be resumed.

    served_since: when this replica began to serve by it.
    """
    return release.standing is not Standing.LOST or now >= served_since + lease
