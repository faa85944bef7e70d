"""Which element of one array is whose partner in another, where their order says nothing.

What is equal is cancelled first, by what its elements look like when they are written down. What is
merely alike (within a tolerance, similar enough) is not transitive, so the first that fits is no
answer: as many partners as can be are found by augmenting paths (Kuhn 1955).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from router.places.pointer import Json

Elements = list[tuple[int, Json]]
"""Elements with their indexes."""
MOST_TRIED: Final = 32
"""Elements of an array that are tried with each other; what is equal was taken away before."""

Write = Callable[[Json], bytes]
Alike = Callable[[Json, Json], bool]


@dataclass(slots=True)
class Pairing:
    """legacy, ai: those without a partner. pairs: (index in legacy, legacy's, AI's) to compare."""

    legacy: Elements
    ai: Elements
    pairs: list[tuple[int, Json, Json]] = field(default_factory=list[tuple[int, Json, Json]])

    @property
    def can_be_tried(self) -> bool:
        """Whether there are few enough to try each with each."""
        return max(len(self.legacy), len(self.ai)) <= MOST_TRIED

    def cancel(self, write: Write) -> None:
        """Take away what both have, each as often as both have it."""
        there: dict[bytes, Elements] = defaultdict(list)
        for element in reversed(self.ai):
            there[write(element[1])].append(element)
        left: Elements = []
        for element in self.legacy:
            equals = there.get(write(element[1]))
            if equals:
                equals.pop()
            else:
                left.append(element)
        self.legacy = left
        self.ai = sorted((each for rest in there.values() for each in rest), key=_index)

    def match(self, alike: Alike) -> None:
        """Take away as many partners that are alike as can be found.

        Of more than `MOST_TRIED` on a side nobody is looked for: each is tried with each.
        """
        if not self.can_be_tried:
            return
        partners = _most_partners(
            [[alike(one, two) for _, two in self.ai] for _, one in self.legacy]
        )
        taken = set(partners.values())
        self.legacy = [each for one, each in enumerate(self.legacy) if one not in taken]
        self.ai = [each for other, each in enumerate(self.ai) if other not in partners]

    def in_order(self) -> None:
        """Make partners of those that are left, as they stand."""
        count = min(len(self.legacy), len(self.ai))
        for (index, one), (_, other) in zip(self.legacy, self.ai, strict=False):
            self.pairs.append((index, one, other))
        self.legacy = self.legacy[count:]
        self.ai = self.ai[count:]


def _index(element: tuple[int, Json]) -> int:
    return element[0]


def _most_partners(fits: list[list[bool]]) -> dict[int, int]:
    """Return for each column its row."""
    partners: dict[int, int] = {}

    def find(row: int, seen: set[int]) -> bool:
        for column, fitting in enumerate(fits[row]):
            if fitting and column not in seen:
                seen.add(column)
                if column not in partners or find(partners[column], seen):
                    partners[column] = row
                    return True
        return False

    for row in range(len(fits)):
        find(row, set())
    return partners


def by_name(legacy: list[Json], ai: list[Json], name: Callable[[Json], bytes | None]) -> Pairing:
    """Make partners of those with one name; of several with one name in their order."""
    there: dict[bytes | None, Elements] = defaultdict(list)
    for index, value in enumerate(ai):
        there[name(value)].append((index, value))
    for same in there.values():
        same.reverse()
    pairing = Pairing([], [])
    nameless = Pairing([], list(reversed(there.pop(None, []))))
    for index, value in enumerate(legacy):
        called = name(value)
        if called is None:
            nameless.legacy.append((index, value))
        elif there[called]:
            pairing.pairs.append((index, value, there[called].pop()[1]))
        else:
            pairing.legacy.append((index, value))
    nameless.in_order()
    pairing.pairs += nameless.pairs
    pairing.legacy += nameless.legacy
    rest = (each for same in there.values() for each in same)
    pairing.ai = sorted((*rest, *nameless.ai), key=_index)
    return pairing


def reordered(legacy: Iterable[Json], ai: Iterable[Json], write: Write) -> bool:
    """Tell whether both have the same elements."""
    return sorted(map(write, legacy)) == sorted(map(write, ai))
