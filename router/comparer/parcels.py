"""Messages of the stream that are judged here: each is counted as a whole, or not at all.

A message that was counted by half would be counted by half again by whoever is handed it next. So
what was judged of it waits here until nothing of it is left to judge; then all of it is counted at
once, and is told together with the id by which the message is let go of.
"""

from collections.abc import Iterable
from typing import Final

from router.comparer.judging import Judging, Outcome

MOST: Final = 1000
"""Messages, and ..."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""... sealed bytes that are in hand at once; beyond either nothing more is taken."""


class Parcel:
    """One message. ``left``: its pairs that were not judged yet, and one while it is taken in."""

    __slots__ = ("id", "judged", "judging", "left", "pairs", "size")

    def __init__(self, number: str, size: int, pairs: int) -> None:
        self.id: Final = number
        self.size: Final = size
        self.pairs: Final = pairs
        self.left = 1
        self.judged: list[Outcome] = []
        self.judging: Judging | None = None

    def put(self, judging: Judging, outcome: Outcome) -> None:
        """Add what became of one of its pairs, and by which rules."""
        self.judging = judging
        self.judged.append(outcome)


class Parcels:
    """All that are in hand. whole: those to count now; counted: those that may be told."""

    def __init__(self) -> None:
        self._in_hand: dict[str, Parcel] = {}
        self._bytes = 0
        self.whole: Final[list[Parcel]] = []
        self.counted: Final[list[Parcel]] = []

    def open(self, number: str, size: int, pairs: int) -> Parcel:
        """Take a message in hand."""
        parcel = self._in_hand[number] = Parcel(number, size, pairs)
        self._bytes += size
        return parcel

    def has(self, number: str) -> bool:
        return number in self._in_hand

    @property
    def ids(self) -> list[str]:
        return list(self._in_hand)

    @property
    def is_full(self) -> bool:
        return len(self._in_hand) >= MOST or self._bytes >= MOST_BYTES

    def one_less(self, parcel: Parcel) -> None:
        """One of its pairs was judged, or left out."""
        parcel.left -= 1
        if not parcel.left:
            self.whole.append(parcel)

    def tell(self) -> list[Parcel]:
        """Return those that are counted by now, and were not returned before."""
        told = self.counted[:]
        self.counted.clear()
        return told

    def settle(self, parcels: Iterable[Parcel]) -> None:
        """They are let go of."""
        for parcel in parcels:
            del self._in_hand[parcel.id]
            self._bytes -= parcel.size
