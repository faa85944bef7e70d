"""One pair as plain lines: for pipes, files and terminals without colour."""

from collections.abc import Iterator

from router.cli.pair_layout import NOTHING, Pair, Row, facts, parts


def pair_text(pair: Pair) -> str:
    """Write both sides below each other: `-` is legacy's line, `+` is AI's."""
    return "\n".join(_lines(pair))


def _lines(pair: Pair) -> Iterator[str]:
    for name, fact in facts(pair):
        yield f"{name:13}{fact}"
    yield f"{'sides':13}- legacy, + AI"
    for part in parts(pair):
        yield f"\n{part.title}"
        for row in part.rows:
            yield from _row(row)


def _row(row: Row) -> Iterator[str]:
    if row.place:
        yield f"  {row.place} {row.change}".rstrip()
    if row.differs:
        yield f"  - {NOTHING if row.legacy is None else row.legacy}"
        yield f"  + {NOTHING if row.ai is None else row.ai}"
    else:
        yield f"    {row.legacy}"
