"""Proposes rules for the fields that are noise, from how they differ from themselves.

The mildest rule that covers what was seen: a class keeps a field that has to be there, a tolerance
one that has to be near, and only what comes and goes is ignored. Same counts, same words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from router.compare.cells import (
    AI_OWN,
    AI_TWICE,
    DIFFERS,
    LEGACY_OWN,
    LEGACY_TWICE,
    Counts,
    FieldTally,
    weight_in,
)
from router.compare.habits import NUMBER, STRING, TEXT
from router.compare.rules import ValueClass
from router.compare.tally import Tally
from router.compare.verdict import Change

IGNORE: Final = "ignore"
UNORDERED: Final = "unordered"
CLASSES: Final = "classes"
TOLERANCE: Final = "tolerance"
TEXT_RULE: Final = "text"
BY_HAND: Final = ""
_WHOLE: Final = "the whole body"
_ORDER: Final = (IGNORE, UNORDERED, CLASSES, TOLERANCE, TEXT_RULE)
_LARGEST_TOLERANCE: Final = 0.2
"""Numbers that are further apart are not near each other; all that is left is that they are one."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One rule. key: of `compare`, empty where no rule helps; value: as JSON, if it takes one."""

    field: str
    key: str
    value: str
    reason: str


def suggestions(tally: Tally) -> tuple[Suggestion, ...]:
    """Return a rule for each field that is noise, in the order of their names."""
    noise = sorted(tally.noisy())
    return tuple(_suggestion(name, tally.fields[name], tally.groups) for name in noise)


def as_config(proposed: Iterable[Suggestion]) -> str:
    """Return them as the `compare` section of a service, with the reasons as comments."""
    proposed = tuple(proposed)
    lines = ["compare:"] if any(its.key for its in proposed) else []
    for key in _ORDER:
        chosen = [its for its in proposed if its.key == key]
        lines += [f"  {key}:"] if chosen else []
        for its in chosen:
            name = _quoted(its.field)
            lines.append(f"    # {its.reason}")
            lines.append(f"    {name}: {its.value}" if its.value else f"    - {name}")
    by_hand = [its for its in proposed if not its.key]
    lines += [f"# {_quoted(its.field)[1:-1] or _WHOLE}: {its.reason}" for its in by_hand]
    return "\n".join(lines) + "\n" if lines else ""


def _quoted(text: str) -> str:
    """Write it for YAML: as JSON, with what ends a line for YAML alone escaped as well.

    Names of fields are keys that backends sent.
    """
    written = orjson.dumps(text).decode()
    return "".join(each if each.isprintable() else _escape(each) for each in written)


def _escape(character: str) -> str:
    return f"\\U{ord(character):08x}"


def _suggestion(name: str, its: FieldTally, groups: Counts) -> Suggestion:
    rates = _rates(its.cells, groups)
    if not _can_be_named(name):
        return Suggestion(name, BY_HAND, "", f"{rates}; {_advice(name)}")
    key, value, seen = _rule(its.own)
    if key == IGNORE and not name:
        return Suggestion(name, BY_HAND, "", f"{rates}; {seen}; all of it cannot be ignored")
    return Suggestion(name, key, value, f"{rates}; {seen}")


def _rule(own: Mapping[str, int]) -> tuple[str, str, str]:
    """Return key, value, and what was seen, for the habits of one field."""
    kinds = {habit.partition(":")[0] for habit in own}
    if kinds == {Change.ORDER}:
        return UNORDERED, "", "only the order changes"
    for named in (ValueClass.TIMESTAMP, ValueClass.UUID):
        if kinds == {named}:
            return CLASSES, named.value, f"always a {named.value}"
    if kinds == {NUMBER}:
        return _for_numbers(own)
    if kinds and kinds <= {TEXT, STRING}:
        return _for_texts(own)
    return IGNORE, "", "by " + " and ".join(sorted(kinds) or ["what was not counted"])


def _for_numbers(own: Mapping[str, int]) -> tuple[str, str, str]:
    apart = [float(habit.partition(":")[2] or "inf") for habit in own]
    if max(apart) > _LARGEST_TOLERANCE:
        return CLASSES, ValueClass.NUMBER.value, "always a number, of any size"
    return TOLERANCE, f"{{relative: {max(apart)}}}", "numbers that are near each other"


def _for_texts(own: Mapping[str, int]) -> tuple[str, str, str]:
    alike = [float(habit.partition(":")[2] or "0") for habit in own]
    if min(alike) > 0:
        return TEXT_RULE, f"{{similarity: {min(alike)}}}", "texts that are alike"
    return CLASSES, ValueClass.STRING.value, "always a text, of any words"


def _can_be_named(field: str) -> bool:
    """Whether a rule can speak of it: places in a body, and keys in which no `*` stands."""
    first, *keys = field.split("/")
    return not first and all("*" not in key or len(key) == 1 for key in keys)


def _advice(name: str) -> str:
    if name.startswith("header:"):
        return "leave it out of `headers`"
    if name == "status":
        return "`status: false` compares it no more"
    return "no rule speaks of it"


def _rates(cells: Counts, groups: Counts) -> str:
    between = _share(cells, groups, DIFFERS, 0)
    legacy = _share(cells, groups, LEGACY_OWN, LEGACY_TWICE)
    ai = _share(cells, groups, AI_OWN, AI_TWICE)
    return f"differs from itself in {legacy} (legacy) and {ai} (AI), between both in {between}"


def _share(cells: Counts, groups: Counts, outcome: int, asked: int) -> str:
    def requests(counts: Counts, needed: int) -> int:
        chosen = (cell for cell in counts if cell & needed == needed)
        return sum(counts[cell] * weight_in(cell) for cell in chosen)

    whole = requests(groups, asked)
    return f"{requests(cells, asked | outcome) / whole:.1%}" if whole else "no second answer"
