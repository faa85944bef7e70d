"""One pair side by side on a terminal, differences in colour; below each other where it is narrow.

rich is imported here and nowhere on the way of a command that shows no pair.
"""

from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from router.cli.pair_layout import NOTHING, Pair, Part, Row, facts, parts, spans

NARROW: Final = 90
"""Columns below which two sides have no room beside each other."""

LONGEST_SPANNED: Final = 2000
"""Letters of a line within which single differences are looked for: it costs their square."""

LEGACY: Final = "cyan"
AI: Final = "magenta"
ONLY: Final = "bold reverse"
QUIET: Final = "dim"


def print_pair(pair: Pair, console: Console) -> None:
    """Show it in the width that there is."""
    for name, fact in facts(pair):
        console.print(Text.assemble((f"{name:13}", QUIET), fact))
    show = _stacked if console.width < NARROW else _beside
    for part in parts(pair):
        console.print()
        console.print(show(part))


def _beside(part: Part) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, title=part.title, title_justify="left", expand=True)
    has_places = any(row.place for row in part.rows)
    if has_places:
        table.add_column("", style=QUIET, overflow="fold")
    table.add_column("legacy", header_style=LEGACY, ratio=1, overflow="fold")
    table.add_column("ai", header_style=AI, ratio=1, overflow="fold")
    for row in part.rows:
        legacy, ai = _coloured(row)
        place = [f"{row.place}\n{row.change}" if row.change else row.place]
        table.add_row(*(place if has_places else []), legacy, ai)
    return table


def _stacked(part: Part) -> RenderableType:
    lines = [Text(part.title, style="bold")]
    for row in part.rows:
        legacy, ai = _coloured(row)
        if row.place:
            lines.append(Text(f"{row.place} {row.change}".rstrip(), style=QUIET))
        if row.differs:
            lines.append(Text.assemble(("- ", LEGACY), legacy))
            lines.append(Text.assemble(("+ ", AI), ai))
        else:
            lines.append(Text.assemble("  ", legacy))
    return Group(*lines)


def _coloured(row: Row) -> tuple[Text, Text]:
    if row.legacy is None or row.ai is None:
        return _alone(row.legacy, LEGACY), _alone(row.ai, AI)
    if not row.differs:
        return Text(row.legacy, style=QUIET), Text(row.ai, style=QUIET)
    legacy, ai = Text(style=LEGACY), Text(style=AI)
    if max(len(row.legacy), len(row.ai)) > LONGEST_SPANNED:
        return legacy.append(row.legacy), ai.append(row.ai)
    for is_equal, left, right in spans(row.legacy, row.ai):
        style = None if is_equal else ONLY
        legacy.append(left, style)
        ai.append(right, style)
    return legacy, ai


def _alone(line: str | None, colour: str) -> Text:
    return Text(NOTHING, style=QUIET) if line is None else Text(line, style=f"{colour} {ONLY}")
