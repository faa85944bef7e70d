"""Judged pairs in few words."""

from collections.abc import Iterable

from router.compare.verdict import Change, Difference, Judged, Verdict


def differing(*fields: str, change: Change = Change.VALUE) -> Verdict:
    """Return a verdict by which just these fields differ."""
    return Verdict(tuple(Difference(name, change, name, 1, 2) for name in fields))


def judged(
    between: Iterable[str] = (),
    legacy: Iterable[str] | None = None,
    ai: Iterable[str] | None = None,
    weight: int = 1,
) -> Judged:
    """Return a pair; fields by which the answers differ, and the second answers from the first."""
    return Judged(
        "support",
        "7",
        0.0,
        differing(*between),
        None if legacy is None else differing(*legacy),
        None if ai is None else differing(*ai),
        weight=weight,
    )
