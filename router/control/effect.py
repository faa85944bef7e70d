"""Which share of a service's answers AI really gave, since the share was last set."""

from dataclasses import dataclass

from router.control.telemetry import Totals
from router.model import Variant


@dataclass(frozen=True, slots=True)
class Answered:
    """How many answers each variant has given."""

    legacy: int = 0
    ai: int = 0


class Effect:
    """Compares the totals with what they were when each service's share took effect."""

    def __init__(self) -> None:
        self._baselines: dict[str, Answered | None] = {}

    def forget(self, service: str) -> None:
        """Say that a new share was decided; nothing is known of its effect yet."""
        self._baselines[service] = None

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


def _answered(service: str, totals: Totals) -> Answered:
    return Answered(
        legacy=totals.answered(service, Variant.LEGACY), ai=totals.answered(service, Variant.AI)
    )
