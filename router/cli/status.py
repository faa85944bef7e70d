"""`gray-router status`: shows what is assigned to AI, and what AI really answers."""

import argparse
import json  # noqa: TID251 - see admin_client
import sys
from urllib.parse import quote

from router.cli.admin_client import AdminClient, add_admin_option
from router.cli.answers import is_listing, is_service
from router.cli.endpoints import fallback_notes, service_lines
from router.cli.output import lines, overview
from router.cli.subcommands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "status",
        help="show each service's share, or all that is known of one",
        description="TO AI is the share of callers that are assigned to AI; BY AI the share of "
        "answers that AI gave since the share was last set.",
    )
    parser.add_argument("service", metavar="SERVICE", nargs="?", help="one service (default: all)")
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_admin_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    client = AdminClient(arguments.admin)
    if arguments.service is None:
        answer = client.call("GET", "/services", is_listing)
        shown = "\n".join([overview(answer.data), *fallback_notes(answer.data)])
    else:
        answer = client.call("GET", f"/services/{quote(arguments.service, safe='')}", is_service)
        shown = "\n".join([lines(answer.data), *service_lines(answer.data)])
    if client.has_choice:  # beside the output, which stays JSON or columns
        sys.stderr.write(f"{answer.admin} answers:\n")
    print(json.dumps(answer.data, indent=2) if arguments.json else shown)
    return 0
