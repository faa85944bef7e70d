"""Results as text: one Markdown table a scene, readable in a terminal and in the docs."""

from collections.abc import Iterator, Sequence
from typing import Final

from loadtests.bench.figures import figures
from loadtests.bench.results import Results, Round, median, ratio

BEGIN: Final = "<!-- made by `make bench`: begin -->"
END: Final = "<!-- made by `make bench`: end -->"


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
    yield _setting(results)
    if results.split:
        yield f"**Split**: {_split_scene(results)}"
        yield _split(results)
    if results.events:
        yield "**Events**: the delay of server-sent events, 50 streams of 20 events a second each."
        yield _events(results)
    if results.bulk:
        yield "**Bulk**: one body, and how far the resident memory rose above what it was before."
        yield _bulk(results)
    if judged := figures(results):
        yield "\n".join(f"- {figure.sentence()}" for figure in judged)


def _setting(results: Results) -> str:
    setting = results.setting
    versions = "; ".join(f"{name}: {version}" for name, version in setting.versions.items())
    return f"{setting.date}, {setting.machine}, {setting.system}. {versions}."


def _split_scene(results: Results) -> str:
    setting = results.setting
    return (
        f"1 KB of JSON split 20/80 by a hash of `x-user-id`, {setting.connections} connections, "
        f"medians of {setting.rounds} alternating rounds of {setting.seconds} s; "
        "ratios are medians of the ratios within a round."
    )


def _split(results: Results) -> str:
    head = ["proxy", "CPU µs a request", "to nginx", "to Envoy", "requests/s", "p50 ms", "p99 ms"]
    head += ["memory MiB", "AI share %"]
    rows = [_split_row(results, name, rounds) for name, rounds in results.split.items()]
    return table(head, rows)


def _split_row(results: Results, name: str, rounds: Sequence[Round]) -> list[str]:
    return [
        name,
        f"{median(rounds, 'cpu_us'):.1f}",
        _times(ratio(results.split, name, "nginx")),
        _times(ratio(results.split, name, "Envoy")),
        f"{median(rounds, 'per_second'):,.0f}",
        f"{median(rounds, 'p50_us') / 1000:.2f}",
        f"{median(rounds, 'p99_us') / 1000:.2f}",
        f"{median(rounds, 'memory_mib'):.1f}",
        f"{median(rounds, 'ai_percent'):.2f}",
    ]


def _times(measured: float | None) -> str:
    return "-" if measured is None else f"{measured:.2f}"


def _events(results: Results) -> str:
    rows = [
        [
            name,
            f"{each.events}",
            f"{each.median_ms:.3f}",
            f"{each.p99_ms:.3f}",
            f"{each.max_ms:.3f}",
        ]
        for name, each in results.events.items()
    ]
    return table(["through", "events", "median ms", "p99 ms", "longest ms"], rows)


def _bulk(results: Results) -> str:
    rows = [
        [f"{name}, {each.what}", f"{each.mib}", f"{each.seconds:.1f}", f"{each.rise_mib:.1f}"]
        for name, transfers in results.bulk.items()
        for each in transfers
    ]
    return table(["through", "MiB", "seconds", "rise MiB"], rows)
