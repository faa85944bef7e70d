"""What one comparison may spend on more than walking: on finding partners in arrays."""

from typing import Final

ALLOWED: Final = 2 << 20
"""Bytes of elements written down. Both answers at the default `shadow.max_body` are a quarter."""


class SpentError(Exception):
    """There is nothing left: elements are compared in the order in which they stand."""


class Effort:
    """What is left of it."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = ALLOWED

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise SpentError
