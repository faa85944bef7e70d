"""The live view: a frame is a function of the plan, the tally and the time.

Two colours stand for the two variants wherever they appear; red is only ever something wrong.
"""

from collections import Counter
from itertools import islice

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from router.demo.comparison import headline
from router.demo.figures import (
    BAD,
    COLOURS,
    GOOD,
    NOTHING,
    QUIET,
    clock,
    column,
    dollars,
    milliseconds,
    one_line,
    percent,
    quantile,
)
from router.demo.plan import Plan
from router.demo.scene import Ports
from router.demo.summary import way_back
from router.demo.tally import COLUMN, RECENT, Answer, Tally
from router.model import Variant

WIDTH = 76
CHART_ROWS = 3
FIXED_ROWS = 24
"""Rows of a frame without any tickets in it."""

LEFT = 16
"""Columns before a bar or a chart."""
BAR = WIDTH - LEFT - 8
FAINT = "grey30"
GROUND = "grey11"

AI = COLOURS[Variant.AI]
LEGACY = COLOURS[Variant.LEGACY]


def frame(plan: Plan, ports: Ports, tally: Tally, now: float, rows: int = 40) -> RenderableType:
    """Draw everything as it is at ``now``, in no more than ``rows`` rows if that is possible."""
    tickets = max(0, rows - FIXED_ROWS)
    parts: tuple[RenderableType, ...] = (
        _head(plan, tally, now),
        Text(),
        _walk(tally),
        Text(),
        *_share(tally),
        Text(),
        *_history(plan, tally),
        Text(),
        _variants(tally, now),
        Text(),
        *(_ticket(answer) for answer in islice(reversed(tally.latest), tickets)),
        Text(),
        _one_row(headline(tally.compared)),
        _sticky(tally),
        _back(tally),
        Text(f"proxy {ports.proxy_url}   admin {ports.admin_url}   Ctrl-C stops", style=QUIET),
    )
    return Padding(Group(*parts), (1, 2, 0, 2))


def _one_row(line: Text) -> Text:
    """Cut what a narrow frame has no room for."""
    line.truncate(WIDTH, overflow="ellipsis")
    return line


def _head(plan: Plan, tally: Tally, now: float) -> Text:
    gone = 0.0 if tally.started is None else min(now - tally.started, plan.seconds)
    left = Text.assemble(
        ("Gray Router", "bold"),
        ("  support tickets, ", QUIET),
        ("legacy", LEGACY),
        (" → ", QUIET),
        ("ai", AI),
    )
    time = f"{clock(gone)} of {clock(plan.seconds)}"
    left.append(" " * (WIDTH - left.cell_len - len(time)))
    return left.append(time, style=QUIET)


def _walk(tally: Tally) -> Text:
    line = Text("percent to AI   ", style=QUIET)
    for number, step in enumerate(tally.steps):
        reached = number <= tally.step
        if number:
            line.append(" ━━━ " if reached else " ─── ", style=AI if reached else FAINT)
        here = number == tally.step
        line.append(f"{step.percent}", style=f"bold reverse {AI}" if here else QUIET)
    return line


def _share(tally: Tally) -> tuple[Text, Text]:
    """Return where the share should stand, and under it where it stands."""
    step = tally.steps[tally.step]
    wanted = f"{step.percent} % configured"
    at = min(round(step.percent / 100 * BAR), BAR - 1)
    mark = Text(" " * (LEFT + at))
    if at + len(wanted) + 2 > BAR:
        mark = Text(" " * (LEFT + at - len(wanted) - 1)).append(f"{wanted} ▾", style=QUIET)
    else:
        mark.append(f"▾ {wanted}", style=QUIET)
    bar = Text("ai     ", style=AI).append(f"{percent(step.seen):>7}  ", style="bold")
    filled = round((step.seen or 0.0) * BAR)
    rest = FAINT if step.seen is None else LEGACY
    bar.append("━" * filled, style=AI).append("━" * (BAR - filled), style=rest)
    return mark, bar.append("  legacy", style=LEGACY)


def _history(plan: Plan, tally: Tally) -> list[Text]:
    """Return the share of every second so far, as a chart that is filled from below."""
    columns = int(plan.seconds / COLUMN)
    heights = [_ai_share(tally.history.get(number)) * CHART_ROWS for number in range(columns)]
    chart: list[Text] = []
    for row in reversed(range(CHART_ROWS)):
        label = {CHART_ROWS - 1: "100 %", 0: "0 %"}.get(row, "")
        line = Text(f"{label:>14}  ", style=QUIET)
        line.append("".join(column(height - row) for height in heights), style=f"{AI} on {GROUND}")
        chart.append(line)
    return chart


def _ai_share(answers: Counter[Variant] | None) -> float:
    return answers[Variant.AI] / answers.total() if answers else 0.0


def _variants(tally: Tally, now: float) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        header_style=QUIET,
        border_style=FAINT,
    )
    for name in ("", "tickets/s", "p50", "p95", "errors", "right label", "spent"):
        table.add_column(name, justify="right" if name else "left", min_width=7)
    for variant, counted in tally.variants.items():
        lately = counted.lately(now)
        table.add_row(
            Text(variant, style=COLOURS[variant]),
            f"{len(lately) / RECENT:.0f}",
            milliseconds(quantile(lately, 0.5)),
            milliseconds(quantile(lately, 0.95)),
            percent(counted.error_rate),
            percent(counted.accuracy, 0),
            dollars(counted.cost_usd),
        )
    return table


def _ticket(answer: Answer) -> Text:
    if answer.variant is None or not answer.label:
        said, sure, mark = f"error {answer.status or NOTHING}", "", Text("✗ ", style=BAD)
    else:
        said, sure = answer.label, percent(answer.confidence, 0)
        mark = Text("✓ ", style=GOOD) if answer.right else Text("✗ ", style=BAD)
    name = answer.variant or NOTHING
    line = Text(f"{name:<8}", style=COLOURS[answer.variant] if answer.variant else BAD)
    line.append(f"{said:<13}", style="default").append(f"{sure:>5} ", style=QUIET).append(mark)
    return line.append(one_line(answer.visit.ticket.text, WIDTH - line.cell_len), style=QUIET)


def _sticky(tally: Tally) -> Text:
    moved = tally.wrongs.moved_off_ai
    if moved:
        return Text(f"{moved:,} tickets went back to legacy while the share grew", style=BAD)
    return Text(
        f"{tally.customers_on_ai:,} customers have met AI, none was moved off it by a raise"
    )


def _back(tally: Tally) -> Text:
    if tally.way_back.acknowledged is None:
        return Text("back to 0: at the end, in one call", style=QUIET)
    return Text(way_back(tally), style=BAD if tally.wrongs.ai_after_zero else GOOD)
