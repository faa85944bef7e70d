"""Small things that the view and the summary write alike: durations, shares, bars."""

from collections.abc import Sequence
from typing import Final

from router.model import Variant

COLOURS: Final = {Variant.LEGACY: "steel_blue", Variant.AI: "aquamarine3"}
QUIET: Final = "grey50"
GOOD: Final = "aquamarine3"
BAD: Final = "indian_red1"

NOTHING: Final = "-"
SMALL: Final = 0.01
"""Seconds below which a tenth of a millisecond is worth showing."""
EIGHTHS: Final = " ▁▂▃▄▅▆▇█"


def quantile(values: Sequence[float], at: float) -> float | None:
    """Return the value below which the share ``at`` lies; None of nothing."""
    if not values:
        return None
    return sorted(values)[min(len(values) - 1, int(at * len(values)))]


def milliseconds(seconds: float | None) -> str:
    """Write a duration, given in seconds."""
    if seconds is None:
        return NOTHING
    return f"{seconds * 1000:.1f} ms" if seconds < SMALL else f"{seconds * 1000:.0f} ms"


def percent(ratio: float | None, digits: int = 1) -> str:
    """Write a ratio."""
    return NOTHING if ratio is None else f"{ratio * 100:.{digits}f} %"


def dollars(amount: float) -> str:
    """Write what was spent; nothing for what is free."""
    return f"${amount:.2f}" if amount else NOTHING


def clock(seconds: float) -> str:
    """Write minutes and seconds."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def column(ratio: float) -> str:
    """Return one cell of a chart, filled from below."""
    return EIGHTHS[max(0, min(8, round(ratio * 8)))]


def one_line(text: str, width: int) -> str:
    """Fold a ticket into one line of at most ``width`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
