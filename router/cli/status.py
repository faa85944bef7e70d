"""`gray-router status`: shows what is assigned to AI, and what AI really answers."""

import argparse
import json  # noqa: TID251 - see admin_client
import sys
from urllib.parse import quote

from router.cli.access import access_of, add_access_options
from router.cli.admin_client import AdminClient
from router.cli.answers import is_listing, is_replicas, is_service
from router.cli.endpoints import fallback_notes, service_lines
from router.cli.output import lines, overview, router_lines, show
from router.cli.subcommands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "status",
        help="show each service's share, or all that is known of one",
        description="TO AI is the share of callers that are assigned to AI; BY AI the share of "
        "answers that AI gave since the share was last set. Below stand the router's config and "
        "its workers, and whatever is not as it should be.",
    )
    parser.add_argument("service", metavar="SERVICE", nargs="?", help="one service (default: all)")
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    access = access_of(arguments)
    client = AdminClient(access)
    if arguments.service is None:
        answer = client.call("GET", "/services", is_listing)
        shown = "\n".join([overview(answer.data), *fallback_notes(answer.data)])
    else:
        answer = client.call("GET", f"/services/{quote(arguments.service, safe='')}", is_service)
        shown = "\n".join([lines(answer.data), *service_lines(answer.data)])
    # Both answers are to be of one router.
    replicas = AdminClient(access.only(answer.admin)).call("GET", "/replicas", is_replicas).data
    if client.has_choice:  # beside the output, which stays JSON or columns
        sys.stderr.write(f"{answer.admin} answers:\n")
    if arguments.json:
        show(json.dumps({**answer.data, **replicas}, indent=2))
        return 0
    routers = [line for replica in replicas["replicas"] for line in router_lines(replica)]
    show("\n".join([shown, *routers]))
    return 0
