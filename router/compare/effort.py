"""What one comparison may spend on more than walking: on finding partners in arrays."""

from typing import Final

ALLOWED: Final = 100_000
"""Values written down one by one, each in about a microsecond. Whatever else is spent is put as so
many values as would take the time."""


class SpentError(Exception):
    """There is nothing left: elements are compared in the order in which they stand."""


class Effort:
    """What is left of it."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = ALLOWED

    def spend(self, values: int) -> None:
        self._left -= values
        if self._left < 0:
            raise SpentError
