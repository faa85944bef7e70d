"""How alike two texts are.

Short texts are compared by the letters that would have to be deleted and inserted (the normalised
Indel similarity, 2 x longest common subsequence / both lengths). That grows with the product of the
lengths: 4 KB take 0.4 ms, 16 KB 6 ms. So longer ones are compared by their words: twice the words
in common over the words of both, each as often as it occurs, in whatever order.
"""

from collections import Counter
from typing import Final

from rapidfuzz.distance import Indel

LONGEST_BY_LETTERS: Final = 4096
"""In characters; beyond it, of either text, words are compared."""


def similarity(one: str, other: str) -> float:
    """Return a ratio: 1 for equal texts, 0 for those that have nothing in common."""
    if len(one) <= LONGEST_BY_LETTERS and len(other) <= LONGEST_BY_LETTERS:
        return Indel.normalized_similarity(one, other)
    return _of_words(Counter(one.split()), Counter(other.split()))


def _of_words(one: Counter[str], other: Counter[str]) -> float:
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 1.0
