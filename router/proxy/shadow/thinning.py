"""Which pairs stand for others, while the comparer takes fewer than there are.

Of each 2 ** level pairs that follow one another, one is drawn, before it is known what they hold;
it says for how many it stands. So no rate is bent by it, and the counts still add up.
"""

from collections.abc import Callable
from typing import Final

MOST_LEVELS: Final = 4
"""At the highest level a pair stands for sixteen: with more, rates would take long to be sure."""


class Thinning:
    """One service's. below: a number from 0 up to, and not including, its argument."""

    __slots__ = ("_below", "_drawn", "_left", "_weight")

    def __init__(self, below: Callable[[int], int]) -> None:
        self._below = below
        self._left = 0
        self._drawn = 0
        self._weight = 1

    def weight(self, level: int) -> int:
        """Return for how many the next pair stands; 0: another one stands for it.

        A group that was begun at another level is ended first.
        """
        if not self._left:
            if not level:
                return 1
            self._weight = self._left = 1 << level
            self._drawn = self._below(self._left)
        self._left -= 1
        return self._weight if self._left == self._drawn else 0
