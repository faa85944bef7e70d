"""A person at a terminal is asked before AI gets more; a script is not, and a way back never is."""

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Any

from router.cli.output import percent, printable

Release = Mapping[str, Any]
"""As the admin API shows it."""

Question = Callable[[argparse.Namespace, Release], str | None]
"""From what to what a command would lead; None where AI gets no more by it."""


def add_yes_option(parser: argparse.ArgumentParser) -> None:
    """Let a command be told not to ask."""
    parser.add_argument(
        "--yes", "-y", action="store_true", help="do not ask; without a terminal nobody is asked"
    )


def is_to_be_asked(arguments: argparse.Namespace) -> bool:
    """Say whether there is somebody to ask."""
    if arguments.yes or sys.__stdin__ is None:  # closed by whoever started us
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def agrees(step: str) -> bool:
    """Ask; whatever is not yes is no."""
    sys.stdout.write(f"{step}. Go on? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


# From what to what...


def of_set(arguments: argparse.Namespace, release: Release) -> str | None:
    """To a higher share than now."""
    if arguments.percent <= release["percent"]:
        return None
    return _step(release, percent(arguments.percent))


def of_start(_: argparse.Namespace, release: Release) -> str | None:
    """To the first stage."""
    return _step(release, percent(release["stages"][0]))


def of_promote(arguments: argparse.Namespace, release: Release) -> str | None:
    """To the next stage, or the end."""
    higher = next((stage for stage in release["stages"] if stage > release["percent"]), None)
    return of_complete(arguments, release) if higher is None else _step(release, percent(higher))


def of_complete(_: argparse.Namespace, release: Release) -> str | None:
    """To the end of the rollout."""
    return (
        f"{printable(release['service'])}: {percent(release['percent'])}, "
        f"{printable(release['status'])} -> complete: the rollout is over"
    )


def of_resume(arguments: argparse.Namespace, release: Release) -> str | None:
    """To what nobody can be shown: the router alone remembers it."""
    if not arguments.confirm_lost_state:
        return None
    return _step(release, "what they were before the store lost its state,")


def of_drill(release: Release) -> str:
    """To nothing for some seconds, and back."""
    share = percent(release["percent"])
    return (
        f"{printable(release['service'])}: {share} -> 0 % of callers go to AI for some seconds, a "
        f"real rollback, then {share} again"
    )


def of_approve(_: argparse.Namespace, release: Release) -> str | None:
    """To what somebody else asked for."""
    pending = release.get("pending")
    if pending is None:
        return None
    asked = f" (asked for by {printable(pending['by'])}: {printable(pending['reason']) or '-'})"
    return _step(release, percent(pending["percent"])) + asked


def _step(release: Release, to: str) -> str:
    name = printable(release["service"])
    return f"{name}: {percent(release['percent'])} -> {to} of callers go to AI"
