"""What each side decided, in one language: the labels that a confusion matrix counts.

A label is a word of a fixed set. What is as long as a text may be one that a person wrote: it is
compared, and never named.
"""

from typing import Final

from router.compare.rules import Decision
from router.compare.verdict import Change, Difference
from router.model import Variant
from router.places.pointer import MISSING, Json, Missing, Pointer, key_bytes, pointer, value_at

LONGEST: Final = 64
"""Characters of a label."""

OTHER: Final = "(other)"
ANOTHER: Final = "(another)"
"""Stand for labels that are not named; the second one for AI's where that is not legacy's."""

_FIELD: Final = "decision"


class Decisions:
    """Where each side says what it decided, compiled, and AI's words in legacy's."""

    __slots__ = ("_places", "_words")

    def __init__(self, decision: Decision) -> None:
        """Compile the pointers, or raise ValueError."""
        self._places: dict[Variant, Pointer] = {
            Variant.LEGACY: pointer(decision.legacy),
            Variant.AI: pointer(decision.ai),
        }
        self._words = dict(decision.words)

    def label(self, document: Json | Missing, variant: Variant) -> str:
        """Return what an answer of this variant decided; empty where it says nothing.

        1 and 1.0 are one word, and so are `true` and the text that says so.
        """
        word = (key_bytes(value_at(document, self._places[variant])) or b"").decode()
        return self._words.get(word, word) if variant is Variant.AI else word


def decision_difference(legacy: str, ai: str) -> Difference | None:
    """Compare two labels."""
    if legacy == ai:
        return None
    change = Change.VALUE if legacy and ai else Change.MISSING if legacy else Change.EXTRA
    return Difference(_FIELD, change, _FIELD, legacy or MISSING, ai or MISSING)


def named(legacy: str, ai: str) -> tuple[str, str]:
    """Return labels as they may be counted and kept: these are equal where the decisions were."""
    its = ai if len(ai) <= LONGEST else OTHER if ai == legacy else ANOTHER
    return legacy if len(legacy) <= LONGEST else OTHER, its
