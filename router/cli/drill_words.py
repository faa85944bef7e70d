"""What is said of a drill: how far it is, and in one line what became of it."""

from collections.abc import Mapping
from typing import Any

from router.cli.output import percent, printable
from router.cli.rollback_words import sentence

Drill = Mapping[str, Any]


def stays(report: Mapping[str, Any]) -> str:
    """Say what comes between the two halves."""
    if not report["complete"]:
        return "  not confirmed by all: AI stays at 0"
    return "  everyone is on legacy; they stay there for some seconds"


def ended(drill: Drill, now: float) -> str:
    """Say in one line what became of it."""
    return _passed(drill) if drill["restored"] else _left(drill, now)


def _passed(drill: Drill) -> str:
    release = drill["release"]
    return (
        f"DRILL PASSED: {sentence(drill['report'], '', 0.0)} As before it, "
        f"{percent(release['percent'])} of callers go to AI, {printable(release['status'])} "
        f"(revision {release['revision']})."
    )


def _left(drill: Drill, now: float) -> str:
    release = drill["release"]
    stands = f"{printable(release['status'])} at {percent(release['percent'])}"
    before = "Before that its rollback: " if release["percent"] else ""
    return (
        f"THE DRILL WAS NOT ENDED, it is {stands}: {printable(drill['because'])}. "
        f"{before}{sentence(drill['report'], '', now)}{_way_back(release)}"
    )


def _way_back(release: Mapping[str, Any]) -> str:
    """Name it where there is one: what somebody else has commanded since then holds."""
    if release["held_for"] != "drill":
        return ""
    name = printable(release["service"])
    return f" If nothing speaks against it, `gray-router resume {name}` gives AI what it had."
