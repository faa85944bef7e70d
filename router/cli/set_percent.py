"""`gray-router set`: gives AI another share of a service."""

import argparse
import re
import sys
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from router.cli.admin_client import AdminClient, add_admin_option
from router.cli.answers import is_change
from router.cli.output import percent, printable, show
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
        "share is set, and that worker follows as soon as it hears.",
    )
    parser.add_argument("service", metavar="SERVICE", help="the service's name")
    parser.add_argument(
        "percent", metavar="PERCENT", type=_percent, help="0 to 100, with at most two decimals"
    )
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; kept with the release")
    add_admin_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask for the change, and say what became of it."""
    client = AdminClient(arguments.admin)
    answer = client.call(
        "PUT",
        f"/services/{quote(arguments.service, safe='')}/percent",
        is_change,
        {"percent": arguments.percent, "reason": arguments.reason},
    )
    release = answer.data
    where = f" at {answer.admin}" if client.has_choice else ""
    share = (
        f"{printable(release['service'])}{where}: {percent(release['percent'])} of callers go to AI"
    )
    if answer.status == HTTPStatus.ACCEPTED:
        missing = ", ".join(map(printable, release["missing"]))
        sys.stderr.write(
            f"{share} (revision {release['revision']}), but not everywhere yet: "
            f"{missing} has not confirmed. It follows as soon as it hears; "
            "look again with `gray-router status`.\n"
        )
        return 1
    done = f"{share} (revision {release['revision']}, everywhere after {release['applied_ms']} ms)"
    show(done, done=done)
    return 0


def _percent(text: str) -> float:
    written = _PERCENT.fullmatch(text)
    if written is None or float(written[1]) > MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a percentage: 0 to 100, with at most two decimals"
        )
    return float(written[1])
