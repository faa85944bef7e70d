"""Results as text: a Markdown section a scene, readable in a terminal and in the docs."""

from collections.abc import Iterator, Sequence
from typing import Final

from loadtests.bench.results import Results, Section, Setting

BEGIN: Final = "<!-- made by `make bench`: begin -->"
END: Final = "<!-- made by `make bench`: end -->"
DISTURBED_PERCENT: Final = 10.0
"""Of the cores' time, taken by others; on a machine of one's own it is 1 or 2."""


def page(results: Results) -> str:
    """Return everything that a run has to tell."""
    return "\n\n".join(_parts(results))


def renew(document: str, text: str, first: str = BEGIN, last: str = END) -> str:
    """Replace what stands between the two markers."""
    before, begin, rest = document.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"the document needs the lines {first!r} and {last!r}")
    return f"{before}{first}\n\n{text}\n\n{last}{after}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: the first column to the left, figures to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [_line(row, widths) for row in (head, rule, *rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return f"| {' | '.join([first, *others])} |"


def _parts(results: Results) -> Iterator[str]:
    yield _setting(results.setting)
    yield _verdict(results)
    for scene in results.scenes.values():
        yield from _section(scene)


def _setting(setting: Setting) -> str:
    versions = "; ".join(f"{name}: {version}" for name, version in setting.versions.items())
    others = f"Others took {setting.others_percent:.0f} % of the two cores' time."
    return f"{setting.date}, {setting.machine}, {setting.system}. {versions}. {others}"


def _verdict(results: Results) -> str:
    lines = [f"- not played: {scene}: {why}" for scene, why in results.failed.items()]
    if results.setting.others_percent > DISTURBED_PERCENT:
        lines.append("- disturbed: latencies, and costs beside those of others, say little")
    lines += [f"- {figure.sentence()}" for figure in results.figures if not figure.is_met]
    met = sum(figure.is_met for figure in results.figures)
    return "\n".join([f"- {met} of {len(results.figures)} figures met", *lines])


def _section(scene: Section) -> Iterator[str]:
    yield f"### {scene.title}"
    yield scene.measured
    yield table(scene.head, scene.rows)
    if scene.figures:
        yield "\n".join(f"- {figure.sentence()}" for figure in scene.figures)
    if scene.missed_at_first:
        missed = "; ".join(figure.sentence() for figure in scene.missed_at_first)
        yield f"Played once more after the whole run, in which it was: {missed}."
    yield scene.meaning
