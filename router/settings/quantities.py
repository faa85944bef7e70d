"""How durations, sizes and percents are written in a config: from YAML data to what they mean.

Each reader raises `NotAllowedError` for what it cannot read, if possible with what
was probably meant.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from router.model import ALL, BasisPoints, percent_to_basis_points
from router.settings.problems import NotAllowedError
from router.settings.words import read_text

SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
BYTES: Final = {
    "B": 1,
    "KB": 1000,
    "KiB": 1024,
    "MB": 1000**2,
    "MiB": 1024**2,
    "GB": 1000**3,
    "GiB": 1024**3,
}
LONGEST_DURATION: Final = 366 * 86400.0
LARGEST_SIZE: Final = 1024**4
LOWEST_RATE: Final = 0.001
HIGHEST_RATE: Final = 1_000_000
SHORTEST_WAIT: Final = 60.0
LONGEST_WAIT: Final = 7 * 86_400.0
"""Seconds."""

SHORTEST_LEASE: Final = 2.0
"""Seconds. It is renewed once a second, and a word may be late."""

_QUANTITY: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([A-Za-z]*)")


def read_duration(value: object) -> float:
    """Turn `500ms`, `30s`, `5m`, `12h`, `7d` into seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise NotAllowedError(suggestion=_with_unit(float(value), "s", SECONDS, read_duration))
    number, unit = _quantity(value)
    if unit not in SECONDS:
        raise NotAllowedError(suggestion=_with_unit(number, unit, SECONDS, read_duration))
    seconds = number * SECONDS[unit]
    if seconds > LONGEST_DURATION:
        raise NotAllowedError(detail="at most 366d")
    return seconds


def read_positive_duration(value: object) -> float:
    """Read a duration that must let something happen."""
    seconds = read_duration(value)
    if seconds <= 0:
        raise NotAllowedError(detail="more than nothing")
    return seconds


def read_size(value: object) -> int:
    """Turn `64KiB`, `1GiB` or a plain number of bytes into bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value}B"
    number, unit = _quantity(value)
    if unit not in BYTES:
        raise NotAllowedError(suggestion=_with_unit(number, unit, BYTES, read_size))
    size = number * BYTES[unit]
    if size > LARGEST_SIZE or size != int(size):
        raise NotAllowedError(detail="whole bytes, at most 1024GiB")
    return int(size)


def read_lease(value: object) -> float:
    """Read a duration that outlasts the pauses between two renewals."""
    seconds = read_positive_duration(value)
    if seconds < SHORTEST_LEASE:
        raise NotAllowedError(detail=f"at least {show_duration(SHORTEST_LEASE)}")
    return seconds


def read_stream_age(value: object) -> float:
    """Read how long pairs may wait in a stream: longer than who judges them may be silent."""
    seconds = read_positive_duration(value)
    if not SHORTEST_WAIT <= seconds <= LONGEST_WAIT:
        wanted = f"from {show_duration(SHORTEST_WAIT)} to {show_duration(LONGEST_WAIT)}"
        raise NotAllowedError(detail=wanted)
    return seconds


def size_between(least: int, most: int) -> Callable[[object], int]:
    """Make a reader of sizes with bounds."""

    def read(value: object) -> int:
        size = read_size(value)
        if not least <= size <= most:
            raise NotAllowedError(detail=f"from {show_size(least)} to {show_size(most)}")
        return size

    return read


def whole_between(least: int, most: int) -> Callable[[object], int]:
    """Make a reader of whole numbers with bounds."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise NotAllowedError
        if not least <= value <= most:
            raise NotAllowedError
        return value

    return read


def read_percent(value: object) -> BasisPoints:
    """Turn 12.34 or `"12.34%"` into basis points.

    A bare number below one is refused: 0.2 is a fifth to some and 0.2 % to others, and that is a
    hundredfold. `0.2%` says which.
    """
    number, has_sign = _percent_number(value)
    if not math.isfinite(number) or not 0 <= number <= ALL / 100:
        raise NotAllowedError
    if 0 < number < 1 and not has_sign:
        raise NotAllowedError(
            suggestion=_percent_text(number * 100),
            detail=f"write {number:g}% for less than one percent",
        )
    try:
        return percent_to_basis_points(number)
    except ValueError:
        raise NotAllowedError(suggestion=_percent_text(number)) from None


def read_rate(value: object) -> float:
    """Read how often something may happen in a second."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAllowedError
    if not LOWEST_RATE <= value <= HIGHEST_RATE:
        raise NotAllowedError(detail=f"from {LOWEST_RATE:g} to {HIGHEST_RATE}")
    return float(value)


def show_duration(seconds: float) -> str:
    """Write seconds as an operator would."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= SECONDS[unit] and seconds % SECONDS[unit] == 0:
            return f"{_digits(seconds / SECONDS[unit])}{unit}"
    return f"{_digits(seconds * 1000)}ms" if seconds else "0s"


def show_size(size: int) -> str:
    """Write bytes as an operator would."""
    for unit in ("GiB", "MiB", "KiB"):
        if size >= BYTES[unit] and size % BYTES[unit] == 0:
            return f"{size // BYTES[unit]}{unit}"
    return f"{size}B"


def show_percent(share: BasisPoints) -> str:
    """Write a share as an operator would."""
    return f"{share / 100:g}%"


def _quantity(value: object) -> tuple[float, str]:
    found = _QUANTITY.fullmatch(read_text(value).strip())
    if not found:
        raise NotAllowedError
    return float(found[1]), found[2]


def _with_unit(
    number: float,
    unit: str,
    units: Mapping[str, float],
    read: Callable[[object], object],
) -> str | None:
    """Write the number with the unit that was probably meant, if that can be read."""
    # `64K`, `30sec`, `5 mins`: the first letter says which one. Sizes count by 1024.
    binary = f"{unit[:1].upper()}iB"
    meant = [known for known in units if unit and known.lower()[0] == unit.lower()[0]]
    if not meant:
        return None
    written = f"{_digits(number)}{binary if binary in units else meant[-1]}"
    try:
        read(written)
    except NotAllowedError:
        return None
    return written


def _digits(number: float) -> str:
    """Write a number without an exponent, which no quantity has."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _percent_text(number: float) -> str:
    rounded = round(number, 2)
    return f"{rounded:g}%" if 0 < rounded < 1 else f"{rounded:g}"


def _percent_number(value: object) -> tuple[float, bool]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), False
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%", read_text(value))
    if not found:
        raise NotAllowedError
    return float(found[1]), True
