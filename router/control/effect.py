"""What came of a service's share since it was last set: who really gave the answers, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.control.telemetry import Totals
from router.model import Variant


@dataclass(frozen=True, slots=True)
class Answered:
    """How many answers each variant has given, and legacy in AI's place, by reason."""

    legacy: int = 0
    ai: int = 0
    fallbacks: Mapping[str, int] = field(default_factory=dict[str, int])


class Effect:
    """Compares the totals with what they were when each service's share took effect."""

    def __init__(self) -> None:
        self._baselines: dict[str, Answered | None] = {}

    def forget(self, service: str) -> None:
        """Say that a new share was decided; nothing is known of its effect yet."""
        self._baselines[service] = None

    def is_awaited(self, service: str) -> bool:
        """Say whether a new share was decided whose effect is not counted yet."""
        return self._baselines.get(service, Answered()) is None

    def begin(self, service: str, totals: Totals) -> None:
        """Count from these totals on: the workers serve by the new share."""
        self._baselines[service] = _answered(service, totals)

    def percent(self, service: str, totals: Totals) -> float | None:
        """Return AI's share of the answers, or None while there are none."""
        before = self._baselines.get(service, Answered())
        if before is None:
            return None
        now = _answered(service, totals)
        ai, legacy = now.ai - before.ai, now.legacy - before.legacy
        return round(100 * ai / (ai + legacy), 2) if ai + legacy > 0 else None

    def fallbacks(self, service: str, totals: Totals) -> dict[str, int]:
        """Count what legacy answered in AI's place, by reason; nothing that never happened."""
        before = self._baselines.get(service, Answered())
        if before is None:
            return {}
        now = _answered(service, totals).fallbacks
        since = {reason: count - before.fallbacks.get(reason, 0) for reason, count in now.items()}
        return {reason: count for reason, count in since.items() if count > 0}


def _answered(service: str, totals: Totals) -> Answered:
    return Answered(
        legacy=totals.answered(service, Variant.LEGACY),
        ai=totals.answered(service, Variant.AI),
        fallbacks={
            reason: count for (name, reason), count in totals.fallbacks.items() if name == service
        },
    )
