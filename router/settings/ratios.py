"""How ratios, differences and money are written in a config: plain numbers, never percents.

What is chosen is a percent and what is measured is a ratio; where one looks like the other, the
other is proposed.
"""

import math
import re
from typing import Any, Final

from router.settings.problems import NotAllowedError

SMALLEST_BUDGET: Final = 0.01
"""Of a core."""
MOST_MONEY: Final = 1_000_000.0
"""US dollars an hour."""
ALL_PERCENT: Final = 100

_LARGEST: Final = 1e300
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%")


def read_ratio(value: object) -> float:
    """Read a number from 0 to 1."""
    number = _number(value)
    if not 0 <= number <= 1:
        raise NotAllowedError(suggestion=_as_ratio(number))
    return number


def read_core_share(value: object) -> float:
    """Read how much of a core something may use."""
    number = read_ratio(value)
    if number < SMALLEST_BUDGET:
        raise NotAllowedError
    return number


def read_difference(value: object) -> float:
    """Read by how much two numbers may differ."""
    number = _number(value)
    if not 0 <= number < math.inf:
        raise NotAllowedError
    return number


def read_money(value: object) -> float:
    """Read US dollars."""
    number = _number(value)
    if not 0 < number <= MOST_MONEY:
        raise NotAllowedError
    return number


def number_schema(least: float, most: float | None = None) -> dict[str, Any]:
    """Say to editors between what bounds a number lies."""
    schema: dict[str, Any] = {"type": "number", "minimum": least}
    return schema if most is None else {**schema, "maximum": most}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAllowedError(suggestion=_of_percent(value))
    # A whole number may be longer than any double.
    return float(value) if abs(value) <= _LARGEST else math.inf


def _as_ratio(number: float) -> str | None:
    return f"{number / ALL_PERCENT:g}" if 1 < number <= ALL_PERCENT else None


def _of_percent(value: object) -> str | None:
    """Propose the ratio where a percent was written with its sign."""
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return f"{float(found[1]) / ALL_PERCENT:g}" if found else None
