"""What is shown of one pair, line by line: the same for every terminal, and for none.

A `Row` stands for a place where both sides have something to say. Where whole bodies are recorded
they are written one key a line, in the order of their keys, and set beside each other by what is
equal: a reader looks for a difference, not for how each side happens to order an object.
"""

import difflib
import json  # noqa: TID251 - see admin_client
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from router.cli.output import printable

NOTHING: Final = "—"
"""Where one side has nothing."""

LONGEST: Final = 20_000
"""Lines of a body that are set beside another's; more are nothing for a terminal."""

UNCHANGED: Final = 3
"""Equal lines that are shown around a difference."""

Pair = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of both sides; None where a side has none. change: empty where both are equal."""

    legacy: str | None
    ai: str | None
    place: str = ""
    change: str = ""

    @property
    def differs(self) -> bool:
        return self.legacy != self.ai


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong together."""

    title: str
    rows: tuple[Row, ...]


def facts(pair: Pair) -> Iterator[tuple[str, str]]:
    """Say what is known of a pair whatever is recorded."""
    yield "pair", printable(pair["id"])
    yield "request", f"{printable(pair['request_id'])} at {printable(pair['at'])}"
    yield "phase", printable(pair["phase"])
    yield "served by", printable(pair["served"] or "nobody: it was a mirrored request")
    fields = ", ".join(f"{printable(d['field'])} ({printable(d['change'])})" for d in _named(pair))
    yield "differs in", f"{fields or 'nothing'}{', and more' if pair['is_more'] else ''}"
    for name, side in (("legacy", "legacy_noise"), ("ai", "ai_noise")):
        if pair[side] is not None:
            itself = ", ".join(map(printable, pair[side])) or "nothing"
            yield f"{name} noise", f"asked twice, it differed from itself in {itself}"
    if pair["route"] is not None:
        yield "asked", printable(pair["route"])
    if pair["decision"] is not None:
        yield "decided", " / ".join(printable(label) or NOTHING for label in pair["decision"])


def parts(pair: Pair) -> Iterator[Part]:
    """Return what both sides said, from what is always known to what was recorded of it."""
    yield Part("answers", tuple(_heads(pair)))
    differences = pair["differences"]
    if differences:
        yield Part("differences", tuple(map(_difference, differences)))
    contents = pair["contents"]
    if contents:
        yield Part("headers", tuple(_headers(contents["legacy"], contents["ai"])))
        yield Part("bodies", tuple(_bodies(contents["legacy"], contents["ai"])))


def spans(legacy: str, ai: str) -> Iterator[tuple[bool, str, str]]:
    """Cut two lines into what both have and what each has alone: (is equal, legacy's, AI's)."""
    matcher = difflib.SequenceMatcher(None, legacy, ai, autojunk=False)
    for tag, start, end, begins, ends in matcher.get_opcodes():
        yield tag == "equal", legacy[start:end], ai[begins:ends]


def _named(pair: Pair) -> Sequence[Mapping[str, Any]]:
    fields: Sequence[Mapping[str, Any]] = pair["fields"]
    return fields


def _heads(pair: Pair) -> Iterator[Row]:
    legacy, ai = pair["legacy"], pair["ai"]
    for name in ("status", "bytes", "ms", "lost"):
        if legacy[name] is not None or ai[name] is not None:
            yield Row(_said(legacy[name]), _said(ai[name]), name)


def _said(value: object) -> str:
    return NOTHING if value is None else printable(value)


def _difference(difference: Mapping[str, Any]) -> Row:
    return Row(
        _value(difference, "legacy"),
        _value(difference, "ai"),
        printable(difference["at"] or difference["field"]),
        printable(difference["change"]),
    )


def _value(difference: Mapping[str, Any], side: str) -> str | None:
    return _json(difference[side]) if side in difference else None


def _json(value: object) -> str:
    return printable(json.dumps(value, ensure_ascii=False))


def _headers(legacy: Mapping[str, Any], ai: Mapping[str, Any]) -> Iterator[Row]:
    ours, theirs = (
        [f"{printable(name)}: {printable(value)}" for name, value in side["headers"]]
        for side in (legacy, ai)
    )
    yield from _aligned(sorted(ours), sorted(theirs))


def _bodies(legacy: Mapping[str, Any], ai: Mapping[str, Any]) -> Iterator[Row]:
    yield from _around(list(_aligned(_written(legacy["body"]), _written(ai["body"]))))


def _written(body: object) -> list[str]:
    """Write a body as lines: JSON with one key a line, a text as it is."""
    if isinstance(body, str):
        text = body
    else:
        text = json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False)
    return [printable(line) for line in text.split("\n")[:LONGEST]]


def _aligned(legacy: Sequence[str], ai: Sequence[str]) -> Iterator[Row]:
    matcher = difflib.SequenceMatcher(None, legacy, ai, autojunk=False)
    for _, start, end, begins, ends in matcher.get_opcodes():
        for at in range(max(end - start, ends - begins)):
            yield Row(
                legacy[start + at] if start + at < end else None,
                ai[begins + at] if begins + at < ends else None,
            )


def _around(rows: Sequence[Row]) -> Iterator[Row]:
    """Leave out equal lines that are far from every difference, and say how many."""
    near = {
        at + beside
        for at, row in enumerate(rows)
        if row.differs
        for beside in range(-UNCHANGED, UNCHANGED + 1)
    }
    skipped = 0
    for at, row in enumerate(rows):
        if at not in near:
            skipped += 1
            continue
        if skipped:
            yield _gap(skipped)
            skipped = 0
        yield row
    if skipped:
        yield _gap(skipped)


def _gap(lines: int) -> Row:
    words = f"… {lines} equal line{'s'[: lines > 1]} …"
    return Row(words, words)
