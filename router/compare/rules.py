"""By which rules a service's answers are compared: plain values, compiled from the settings.

Pointers are JSON pointers in which a token `*` stands for any one key or index.
"""

import enum
from dataclasses import dataclass


class Profile(enum.StrEnum):
    """What kind of answers a service gives."""

    GENERIC = "generic"
    OPENAI = "openai"


class ValueClass(enum.StrEnum):
    """Values that are equal where both are of this kind, whatever they say."""

    TIMESTAMP = "timestamp"
    UUID = "uuid"
    NUMBER = "number"
    STRING = "string"
    ANY = "any"  # it has to be there, that is all


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Numbers are equal within `absolute`, or within `relative` of the larger one."""

    absolute: float = 0.0
    relative: float = 0.0


@dataclass(frozen=True, slots=True)
class Fold:
    """What is taken for equal."""

    case: bool = False
    whitespace: bool = False
    numeric_strings: bool = False
    null_is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Where each side says what it decided, and AI's words in legacy's."""

    legacy: str
    ai: str
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CompareRules:
    """Everything that `services[].compare` says of how. Similarities are ratios."""

    profile: Profile = Profile.GENERIC
    status: bool = True
    headers: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    classes: tuple[tuple[str, ValueClass], ...] = ()
    tolerance: tuple[tuple[str, Tolerance], ...] = ()
    unordered: tuple[str, ...] = ()
    match_by: tuple[tuple[str, str], ...] = ()
    fold: Fold = Fold()
    text: tuple[tuple[str, float], ...] = ()
    decision: Decision | None = None
    custom: str = ""
    budget: float = 0.5
    mask: tuple[str, ...] = ()
    record: str = "metadata"
