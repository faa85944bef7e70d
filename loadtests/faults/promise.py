"""What is promised of a fault, what was seen, and whether that is the same. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

THREE_DIGITS: Final = 100.0
TIMES: Final = ("s", "ms", "%")


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise after its test."""

    promised: str
    seen: str
    held: bool
    is_timing: bool = False
    """Time or CPU was measured; whoever else uses the machine is in the figure."""


def at_most(what: str, measured: float, limit: float, unit: str) -> Promise:
    """Promise that a figure stays at or below a limit."""
    return Promise(
        f"{what} ≤ {limit:g} {unit}",
        f"{shown(measured)} {unit}",
        held=measured <= limit,
        is_timing=unit in TIMES,
    )


def none(
    what: str, found: Sequence[object], among: int, *, at_least: int = 1, where: str = ""
) -> Promise:
    """Promise that something never happens; too few chances for it would prove nothing."""
    few = "" if among >= at_least else f", too few: {at_least:,} are needed"
    examples = f": {'; '.join(map(str, found[:3]))}" if found else ""
    return Promise(
        f"{where}no {what}",
        f"{len(found)} of {among:,}{few}{examples}",
        held=not found and among >= at_least,
    )


def all_of(what: str, good: int, expected: int) -> Promise:
    """Promise something of each of so many."""
    return Promise(f"all {expected} {what}", f"{good} of {expected}", held=good == expected)


def holds(promised: str, held: bool, seen: str) -> Promise:
    """Promise a fact."""
    return Promise(promised, seen, held)


def p99(values: Sequence[float]) -> float:
    """Return the smallest value that 99 % of all are not above."""
    return sorted(values)[ceil(len(values) * 0.99) - 1]


def shown(figure: float) -> str:
    """Write a figure with as many digits as mean something."""
    return f"{figure:,.0f}" if figure >= THREE_DIGITS else f"{figure:.3g}"
