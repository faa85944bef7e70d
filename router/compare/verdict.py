"""What a comparison says: the differences of two answers, by field and kind."""

import enum
from dataclasses import dataclass

from router.places.pointer import Json, Missing


class Change(enum.StrEnum):
    """How a field differs."""

    VALUE = "value"
    TYPE = "type"
    MISSING = "missing"  # legacy has it, AI has not
    EXTRA = "extra"  # AI has it, legacy has not
    LENGTH = "length"  # of an array, by whatever has no partner
    ORDER = "order"  # the same elements in another order


class Result(enum.StrEnum):
    """What became of a pair."""

    MATCH = "match"
    NOISE = "noise"  # it differs in nothing but fields that differ from themselves as often
    DIVERGENT = "divergent"
    ERROR = "error"  # it could not be compared


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two answers differ.

    field: a JSON pointer with array indexes folded to `*`; or `status`, `header:NAME`, `body`
    (what is no JSON, compared whole), `decision`, `custom`. at: the same place exactly. legacy, ai:
    the values themselves; MISSING where there is none.
    """

    field: str
    change: Change
    at: str
    legacy: Json | Missing
    ai: Json | Missing


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one answer differs from another.

    error: why they could not be compared (`undecodable`, `too_deep`, `custom_failed`, ...); then
    nothing else is said. decision: both sides' labels, mapped to legacy's words, where `decision`
    is configured; a label that is not there is empty. more: there are further differences, which
    are not told.
    """

    differences: tuple[Difference, ...] = ()
    decision: tuple[str, str] | None = None
    error: str = ""
    more: bool = False

    @property
    def result(self) -> Result:
        """Without knowledge of noise."""
        if self.error:
            return Result.ERROR
        return Result.DIVERGENT if self.differences else Result.MATCH


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair after comparison: what is counted of it.

    phase: the release's phase, then AI's model and prompt version where it named them, joined by
    `/`: a figure of one phase says nothing of another. legacy_noise, ai_noise: how each side
    differed from itself, None where it was not asked twice. failed: (legacy, AI) gave a 5xx or no
    whole answer. seconds: (legacy, AI). is_copied: legacy was asked by a copy, and served nobody.
    """

    service: str
    phase: str
    at: float
    verdict: Verdict
    legacy_noise: Verdict | None = None
    ai_noise: Verdict | None = None
    failed: tuple[bool, bool] = (False, False)
    seconds: tuple[float, float] = (0.0, 0.0)
    weight: int = 1
    is_copied: bool = False
