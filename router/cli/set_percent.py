"""`gray-router set`: gives AI another share of a service."""

import argparse
import sys
from http import HTTPStatus
from urllib.parse import quote

from router.cli.admin_client import AdminClient, add_admin_option
from router.cli.output import percent, printable
from router.cli.subcommands import Subparsers
from router.model import percent_to_basis_points


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
    answer = AdminClient(arguments.admin).call(
        "PUT",
        f"/services/{quote(arguments.service, safe='')}/percent",
        {"percent": arguments.percent, "reason": arguments.reason},
    )
    release = answer.data
    share = f"{printable(release['service'])}: {percent(release['percent'])} of callers go to AI"
    if answer.status == HTTPStatus.ACCEPTED:
        missing = ", ".join(map(printable, release["missing"]))
        sys.stderr.write(
            f"{share} (revision {release['revision']}), but not everywhere yet: "
            f"{missing} has not confirmed. It follows as soon as it hears; "
            "look again with `gray-router status`.\n"
        )
        return 1
    print(f"{share} (revision {release['revision']}, everywhere after {release['applied_ms']} ms)")
    return 0


def _percent(text: str) -> float:
    try:
        value = float(text.removesuffix("%"))
        percent_to_basis_points(value)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a percentage: 0 to 100, with at most two decimals"
        ) from None
    return value
