"""What time it is, by the three clocks that the control plane needs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clocks:
    """All of them in seconds.

    wall: Unix time, for people. stopwatch: for how long something takes. boottime: one that goes on
    while the machine sleeps, and that all processes of a machine share.
    """

    wall: Callable[[], float]
    stopwatch: Callable[[], float]
    boottime: Callable[[], float]
