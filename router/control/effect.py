"""What came of a service's share since it was last set: who really gave the answers, and why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from router.model import Variant


class Counted(Protocol):
    """What was answered until now, by service (`telemetry.Totals`, `telemetry.InShort`)."""

    def answered(self, service: str, variant: Variant, /) -> int: ...
    def fell_back(self, service: str, /) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Answers:
    """How many answers each variant has given, and legacy in AI's place, by reason."""

    legacy: int = 0
    ai: int = 0
    fallbacks: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def percent(self) -> float | None:
        """AI's share of the answers, None while there are none."""
        both = self.ai + self.legacy
        return round(100 * self.ai / both, 2) if both > 0 else None

    def plus(self, other: "Answers") -> "Answers":
        """Add what others answered."""
        both = Counter(self.fallbacks)
        both.update(other.fallbacks)
        return Answers(self.legacy + other.legacy, self.ai + other.ai, dict(both))


class Effect:
    """Compares the totals with what they were when each service's share took effect."""

    def __init__(self) -> None:
        self._baselines: dict[str, Answers | None] = {}

    def forget(self, service: str) -> None:
        """Say that a new share was decided; nothing is known of its effect yet."""
        self._baselines[service] = None

    def is_awaited(self, service: str) -> bool:
        """Say whether a new share was decided whose effect is not counted yet."""
        return self._baselines.get(service, Answers()) is None

    def begin(self, service: str, counted: Counted) -> None:
        """Count from these totals on: the workers serve by the new share."""
        self._baselines[service] = _answered(service, counted)

    def since(self, service: str, counted: Counted) -> Answers | None:
        """Return what was answered since then; None while the new share is not served by all."""
        before = self._baselines.get(service, Answers())
        if before is None:
            return None
        now = _answered(service, counted)
        fell_back = {
            reason: count - before.fallbacks.get(reason, 0)
            for reason, count in now.fallbacks.items()
            if count > before.fallbacks.get(reason, 0)
        }
        # What is asked may be a moment older than what we began with.
        return Answers(max(0, now.legacy - before.legacy), max(0, now.ai - before.ai), fell_back)

    def percent(self, service: str, counted: Counted) -> float | None:
        """Return AI's share of the answers, or None while there are none."""
        since = self.since(service, counted)
        return None if since is None else since.percent


def _answered(service: str, counted: Counted) -> Answers:
    return Answers(
        legacy=counted.answered(service, Variant.LEGACY),
        ai=counted.answered(service, Variant.AI),
        fallbacks=counted.fell_back(service),
    )
