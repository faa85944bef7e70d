"""`gray-router forget`: has a router remove what was recorded of somebody's requests."""

import argparse
import json  # noqa: TID251 - see admin_client
from urllib.parse import urlencode

from router.cli.access import access_of, add_access_options
from router.cli.admin_client import AdminClient
from router.cli.answers import is_forgotten
from router.cli.exit_codes import Exit
from router.cli.output import show
from router.cli.subcommands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "forget",
        help="remove what was recorded of a caller's requests",
        description="Removes every sample and every original in the vault of the requests of a "
        "caller, in all services and for all routers that share the store. Counts hold nobody and "
        "stay. The audit log notes that it was done, by a digest of the key. It takes the role "
        "admin.",
    )
    parser.add_argument(
        "--key",
        required=True,
        help="what the caller is told by, as in split.key; or the id of one request",
    )
    parser.add_argument("--service", help="forget the caller in this service alone")
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_access_options(parser, key="--cert-key")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask for it, and say how much that was."""
    asked = {"key": arguments.key}
    if arguments.service is not None:
        asked["service"] = arguments.service
    client = AdminClient(access_of(arguments))
    query = urlencode(asked, errors="surrogateescape")
    answer = client.call("DELETE", f"/records?{query}", is_forgotten)
    samples, sealed = answer.data["samples"], answer.data["sealed"]
    told = f"forgotten: {_many(samples, 'sample')}, {_many(sealed, 'original')} in the vault"
    if not samples and not sealed:
        told = "there was nothing to forget"
    show(json.dumps(answer.data, indent=2) if arguments.json else told, done=told)
    return Exit.DONE


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'s'[: number != 1]}"
