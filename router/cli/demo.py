"""`gray-router demo`: the whole tour on this machine, with nothing to set up."""

import argparse
import sys

from router.cli.subcommands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "demo",
        help="a complete live tour: two ticket classifiers, traffic, and a release there and back",
        description=(
            "Starts two ticket classifiers and the router in front of them, sends tickets of "
            "2,000 customers, and takes the share of AI to 100 percent and back to 0. Exits 0 if "
            "every share was as configured, nobody was moved off AI by a raise, and nothing "
            "reached AI after the way back was acknowledged; 1 if not."
        ),
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="no live view, shorter, ends with a summary; so it is too without a terminal",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Go on the tour and return its exit code."""
    from rich.console import Console

    from router.demo import run as tour
    from router.demo.lines import Lines
    from router.demo.live import LiveView
    from router.demo.plan import LIVE, ONCE

    if arguments.once or not sys.stdout.isatty():
        console = Console(no_color=True, force_terminal=False, width=100)
        return tour.run(ONCE, Lines(console), console)
    console = Console()
    return tour.run(LIVE, LiveView(console), console)
