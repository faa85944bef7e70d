"""How releases are shown to people: plain columns, and nothing that could play with a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

HEADINGS: Final = ("SERVICE", "TO AI", "BY AI", "STATUS", "REVISION", "CHANGED", "BY", "REASON")

NOT_STICKY: Final = "not sticky: every request is divided by chance"


def percent(value: float | None) -> str:
    """Write 20.0 as `20 %`, and nothing known as `-`."""
    return "-" if value is None else f"{value:g} %"


def printable(value: object) -> str:
    """Escape what a terminal would obey: a reason is text that anybody may have written."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Align the rows below `HEADINGS`."""
    lines = [HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def row(release: Mapping[str, Any]) -> tuple[str, ...]:
    """Put a release of the admin API into the columns of `HEADINGS`."""
    return (
        printable(release["service"]),
        percent(release["percent"]),
        percent(release["effective_percent"]),
        printable(release["status"]),
        printable(release["revision"]),
        printable(release["updated_at"]),
        printable(release["by"]),
        printable(release["reason"]) or "-",
    )


def overview(listing: Mapping[str, Any]) -> str:
    """Show all releases, a row for each, and below them which services let nobody stay."""
    releases = listing["services"]
    rolling = [release["service"] for release in releases if not release["sticky"]]
    notes = [f"{printable(service)} is {NOT_STICKY}" for service in rolling]
    return "\n".join([table([row(release) for release in releases]), *notes])


def lines(release: Mapping[str, Any]) -> str:
    """Show one release, a line for each thing that is known of it."""
    stages = ", ".join(percent(stage) for stage in release["stages"])
    facts = (
        ("service", printable(release["service"])),
        ("to AI", f"{percent(release['percent'])} of callers are assigned to AI"),
        ("by AI", f"{percent(release['effective_percent'])} of answers since then came from AI"),
        ("status", printable(release["status"])),
        ("split", "sticky by key or cookie" if release["sticky"] else NOT_STICKY),
        ("stages", stages),
        ("revision", f"{release['revision']} (epoch {release['epoch']})"),
        ("changed", f"{printable(release['updated_at'])} by {printable(release['by'])}"),
        ("reason", printable(release["reason"]) or "-"),
    )
    return "\n".join(f"{name:9} {fact}" for name, fact in facts)
