"""What was not refuted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def common(self, other: "Interval") -> "Interval":
        """Return what neither refutes; a point between them where nothing is left."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low <= high:
            return Interval(low, high)
        return Interval((low + high) / 2, (low + high) / 2)
