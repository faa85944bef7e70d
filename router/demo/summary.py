"""What a finished tour says: comparison, walk, variants, the way back, the judgement."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from router.demo.comparison import comparison
from router.demo.figures import (
    BAD,
    COLOURS,
    GOOD,
    NOTHING,
    QUIET,
    dollars,
    milliseconds,
    percent,
    quantile,
)
from router.demo.findings import step_holds, tolerance
from router.demo.tally import StepTally, Tally


def summary(tally: Tally, problems: tuple[str, ...]) -> RenderableType:
    """Return all of it as one block."""
    return Group(
        *comparison(tally.compared),
        Text(),
        _walk(tally),
        _variants(tally),
        Text(),
        *_facts(tally),
        Text(),
        *_verdict(problems),
    )


def step_line(step: StepTally) -> str:
    """Return one step as a line of a log."""
    return (
        f"  {step.percent:>3} %   AI answered {percent(step.seen):>7} of {step.total:>6,} tickets "
        f"from {step.customers:>5,} customers   {_holds(step)}"
    )


def _holds(step: StepTally) -> str:
    return "as configured" if step_holds(step) else "NOT as configured"


def _walk(tally: Tally) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="The walk", title_justify="left", title_style="bold")
    table.add_column("configured", justify="right")
    table.add_column("seen", justify="right")
    table.add_column("allowed", justify="right", style=QUIET)
    table.add_column("tickets", justify="right")
    table.add_column("customers", justify="right")
    table.add_column("set in", justify="right")
    table.add_column("")
    for step in tally.steps:
        holds = step_holds(step)
        table.add_row(
            f"{step.percent} %",
            percent(step.seen),
            f"± {percent(tolerance(step))}",
            f"{step.total:,}",
            f"{step.customers:,}",
            _set_in(step, first=step is tally.steps[0]),
            Text("✓" if holds else "✗", style=GOOD if holds else BAD),
        )
    return table


def _set_in(step: StepTally, *, first: bool) -> str:
    if first or step.called is None or step.acknowledged is None:
        return NOTHING
    return milliseconds(step.acknowledged - step.called)


def _variants(tally: Tally) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, title="The variants", title_justify="left", title_style="bold"
    )
    for name in ("", "answers", "p50", "p95", "errors", "right label", "spent"):
        table.add_column(name, justify="right" if name else "left")
    for variant, counted in tally.variants.items():
        table.add_row(
            Text(variant, style=COLOURS[variant]),
            f"{counted.answers:,}",
            milliseconds(quantile(counted.seconds, 0.5)),
            milliseconds(quantile(counted.seconds, 0.95)),
            percent(counted.error_rate),
            percent(counted.accuracy),
            dollars(counted.cost_usd),
        )
    return table


def _facts(tally: Tally) -> list[Text]:
    wrongs = tally.wrongs
    return [
        Text(
            f"  {_count(wrongs.moved_off_ai)} tickets of customers on AI went back to legacy "
            "while the share grew."
        ),
        Text(
            f"  {_count(wrongs.unanswered + wrongs.mislabelled + wrongs.crossed)} "
            "answers lost, from the wrong variant, or of another ticket."
        ),
        Text(f"  {way_back(tally)}"),
    ]


def way_back(tally: Tally) -> str:
    """Return in one sentence how fast the last step took AI out."""
    step = tally.way_back
    if step.called is None or step.acknowledged is None:
        return "The way back to 0 was not reached."
    return (
        f"Back to 0: set in {milliseconds(step.acknowledged - step.called)}, last AI answer "
        f"after {milliseconds(tally.last_ai_after_call)}, "
        f"{tally.wrongs.ai_after_zero or 'nothing'} sent since"
    )


def _count(number: int) -> str:
    return f"{number:,}" if number else "No"


def _verdict(problems: tuple[str, ...]) -> list[Text]:
    if not problems:
        return [Text("  Everything held.", style=f"bold {GOOD}")]
    return [
        Text("  Not everything held:", style=f"bold {BAD}"),
        *(Text(f"    {problem}", style=BAD) for problem in problems),
    ]
