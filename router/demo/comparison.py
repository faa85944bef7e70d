"""What the router has compared while AI had no user yet: copies of tickets, answered by both.

It is told from the admin API alone, as anybody could read it there.
"""

from typing import Any, Final

import msgspec
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from router.demo.figures import BAD, COLOURS, GOOD, NOTHING, QUIET, one_line, percent
from router.model import Variant

MOST_LABELS: Final = 8
WIDTH: Final = 74


class Rate(msgspec.Struct, frozen=True):
    """How often, with its interval."""

    ratio: float | None
    low: float | None
    high: float | None


class Rates(msgspec.Struct, frozen=True):
    """What differs, and what of it is beyond noise."""

    raw: Rate | None
    beyond_noise: Rate | None
    claimed: bool


class Field(Rates, frozen=True):
    """The same of one field."""

    field: str


class Cell(msgspec.Struct, frozen=True):
    """How often legacy decided one thing and AI another."""

    legacy: str
    ai: str
    count: int


class Decision(msgspec.Struct, frozen=True):
    """The confusion matrix."""

    labels: list[str]
    counts: list[Cell]


class Coverage(msgspec.Struct, frozen=True):
    """How much was compared."""

    eligible: int
    compared: int
    ratio: float | None


class Named(msgspec.Struct, frozen=True):
    """A pair that can be looked at."""

    id: str


class Compared(msgspec.Struct, frozen=True):
    """The figures."""

    coverage: Coverage
    summary: Rates
    fields: list[Field]
    decision: Decision | None
    samples: list[Named]


class Message(msgspec.Struct, frozen=True):
    """What was asked, or answered: the demo's backends say objects."""

    body: dict[str, Any]


class Contents(msgspec.Struct, frozen=True):
    """All of a pair."""

    request: Message
    legacy: Message
    ai: Message


class Pair(msgspec.Struct, frozen=True):
    """One pair of answers."""

    contents: Contents | None


class Seen(msgspec.Struct, frozen=True):
    """What was seen at one moment: the figures, and one pair that differs."""

    compared: Compared
    pair: Pair | None


def headline(seen: Seen | None) -> Text:
    """Say in one line what came of it."""
    if seen is None:
        return Text("compared at 0 %: not yet", style=QUIET)
    told = seen.compared
    line = Text(f"compared at 0 %: {told.coverage.compared:,} tickets")
    if told.fields:
        first = told.fields[0]
        line.append(f", most in {first.field}: {_rate(first.beyond_noise or first.raw)}")
    return line


def comparison(seen: Seen | None) -> list[RenderableType]:
    """Tell all of it."""
    if seen is None:
        return [Text("  Nothing was compared at 0 %.", style=BAD)]
    told = seen.compared
    lines: list[RenderableType] = [
        Text("Compared at 0 %, before any customer met AI", style="bold"),
        Text(
            f"  {told.coverage.compared:,} of {told.coverage.eligible:,} copied tickets were "
            f"compared ({percent(told.coverage.ratio)})."
        ),
        *(_field(field) for field in told.fields[:1]),
    ]
    if told.decision is not None:
        lines.append(_matrix(told.decision))
    if seen.pair is not None and seen.pair.contents is not None:
        lines += _pair(seen.pair.contents)
    return lines


def _field(field: Field) -> Text:
    line = Text(f"  The field that differs most: {field.field}, ")
    line.append(f"{_rate(field.beyond_noise or field.raw)} beyond noise", style="bold")
    return line.append(": AI diverges." if field.claimed else ": not established yet.")


def _rate(rate: Rate | None) -> str:
    if rate is None or rate.ratio is None:
        return NOTHING
    return f"{percent(rate.ratio)} ({percent(rate.low)} to {percent(rate.high)})"


def _matrix(decision: Decision) -> Table:
    labels = decision.labels[:MOST_LABELS]
    counts = {(cell.legacy, cell.ai): cell.count for cell in decision.counts}
    table = Table(
        box=box.SIMPLE_HEAD,
        title="  Who decided what: legacy by row, AI by column",
        title_justify="left",
        title_style=QUIET,
    )
    table.add_column("", style=COLOURS[Variant.LEGACY])
    for label in labels:
        table.add_column(label or "(none)", justify="right", header_style=COLOURS[Variant.AI])
    for legacy in labels:
        cells = [_count(counts.get((legacy, ai), 0), alike=legacy == ai) for ai in labels]
        table.add_row(legacy or "(none)", *cells)
    return table


def _count(count: int, *, alike: bool) -> Text:
    return Text(str(count), style=GOOD if alike else BAD if count else QUIET)


def _pair(contents: Contents) -> list[RenderableType]:
    legacy, ai = _flat(contents.legacy.body), _flat(contents.ai.body)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("legacy", header_style=COLOURS[Variant.LEGACY])
    table.add_column("ai", header_style=COLOURS[Variant.AI])
    for key in sorted(legacy | ai):
        ours, theirs = legacy.get(key, NOTHING), ai.get(key, NOTHING)
        style = "bold" if ours != theirs else QUIET
        table.add_row(Text(key), Text(ours, style=style), Text(theirs, style=style))
    ticket = str(contents.request.body.get("ticket", ""))
    return [Text(f"  One of them: “{one_line(ticket, WIDTH)}”"), table]


def _flat(body: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in body.items()}
