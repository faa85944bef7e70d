"""`gray-router status`: shows what is assigned to AI, and what AI really answers."""

import argparse
import json  # noqa: TID251 - see admin_client
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.cli.access import Access, access_of, add_access_options
from router.cli.address import Address
from router.cli.admin_client import AdminClient
from router.cli.answers import is_listing, is_replicas, is_service
from router.cli.changing import path_of
from router.cli.endpoints import fallback_notes, service_lines
from router.cli.exit_codes import Exit
from router.cli.output import lines, overview, router_lines, row, show, warning_lines
from router.cli.subcommands import Subparsers
from router.cli.watching import watch
from router.errors import UsageError


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "status",
        help="show each service's share, or all that is known of one",
        description="TO AI is the share of callers that are assigned to AI; BY AI the share of "
        "answers that AI gave since the share was last set. Below stand what waits for somebody's "
        "yes, the routers with their configs and workers, and whatever is not as it should be.",
    )
    parser.add_argument("service", metavar="SERVICE", nargs="?", help="one service (default: all)")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="look each second until Ctrl-C; without a terminal a line for each service",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the admin API's JSON, with the `routers` and `warnings` in it",
    )
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    if arguments.watch and arguments.json:
        raise UsageError("either --watch or --json")
    access = access_of(arguments)
    if arguments.watch:
        return _watched(access, arguments.service, is_terminal=sys.stdout.isatty())
    seen = _look(access, arguments.service)
    if len(access.admins) > 1:  # beside the output, which stays JSON or columns
        sys.stderr.write(f"{seen.admin} answers:\n")
    if arguments.json:
        show(json.dumps({**seen.data, **_about_routers(seen.replicas)}, indent=2))
    else:
        show(_page(seen))
    return Exit.DONE


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one router says: all its services, or one of them, and what it says of itself."""

    admin: Address
    data: Mapping[str, Any]
    replicas: Mapping[str, Any]

    @property
    def is_one(self) -> bool:
        return "services" not in self.data


def _look(access: Access, service: str | None) -> _Seen:
    client = AdminClient(access)
    if service is None:
        answer = client.call("GET", "/services", is_listing)
    else:
        answer = client.call("GET", path_of(service), is_service)
    # Both answers are to be of one router.
    replicas = AdminClient(access.only(answer.admin)).call("GET", "/replicas", is_replicas).data
    return _Seen(answer.admin, answer.data, replicas)


def _about_routers(replicas: Mapping[str, Any]) -> dict[str, Any]:
    """Put it beside a release, which has `replicas` of its own: those that serve by it."""
    about = {name: replicas[name] for name in ("leader", "warnings") if name in replicas}
    return {"routers": replicas["replicas"], **about}


def _page(seen: _Seen) -> str:
    if seen.is_one:
        now = time.time()  # noqa: TID251 - a command is where the clock comes in
        shown = [lines(seen.data, now), *service_lines(seen.data)]
    else:
        shown = [overview(seen.data), *fallback_notes(seen.data)]
    routers = [line for replica in seen.replicas["replicas"] for line in router_lines(replica)]
    return "\n".join([*shown, *routers, *warning_lines(seen.replicas)])


# Watch...


def _watched(access: Access, service: str | None, *, is_terminal: bool) -> int:
    def page() -> str:
        seen = _look(access, service)
        return f"{_page(seen)}\n\n{seen.admin} at {_now()}; Ctrl-C ends it"

    def plain() -> str:
        seen = _look(access, service)
        releases = [seen.data] if seen.is_one else seen.data["services"]
        return "\n".join("  ".join([_now(), *row(release)]) for release in releases)

    return watch(page if is_terminal else plain, is_terminal=is_terminal)


def _now() -> str:
    return time.strftime("%H:%M:%S", time.localtime())
