"""`gray-router set`: gives AI another share of a service."""

import argparse
import re
from typing import Final

from router.cli.access import add_access_options
from router.cli.changing import Order, carry_out
from router.cli.confirming import add_yes_option, of_set
from router.cli.subcommands import Subparsers

MOST: Final = 100
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%?")
"""What `float` takes besides (`5_0`, `1e1`, digits of other scripts) may be a slip of the hand."""


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "set",
        help="set the percentage of callers that AI serves",
        description="Returns once every worker serves by the new share (exit code 0). When one "
        "has not said so within two seconds the exit code is 1 and the message names it: the "
        "share is set, and that worker follows as soon as it hears. It is 1 too while a raise "
        "waits for another person's yes. On a terminal a raise is asked about first.",
    )
    parser.add_argument("service", metavar="SERVICE", help="the service's name")
    parser.add_argument(
        "percent", metavar="PERCENT", type=percentage, help="0 to 100, with at most two decimals"
    )
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; kept with the release")
    add_yes_option(parser)
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask for the change, and say what became of it."""
    body = {"percent": arguments.percent, "reason": arguments.reason}
    return carry_out(arguments, Order("PUT", "percent", body, of_set))


def percentage(text: str) -> float:
    """Read a percentage as people write it."""
    written = _PERCENT.fullmatch(text)
    if written is None or float(written[1]) > MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a percentage: 0 to 100, with at most two decimals"
        )
    return float(written[1])
