"""`gray-router rollback`: back to legacy, everywhere, at once. Nobody is asked anything."""

import argparse
import json  # noqa: TID251 - see admin_client
import sys
import threading
import time
from collections.abc import Sequence
from typing import Final

from router.cli.access import Access, access_of, add_access_options
from router.cli.address import Address
from router.cli.admin_client import AdminClient
from router.cli.answers import is_listing
from router.cli.at_once import at_once
from router.cli.exit_codes import Exit
from router.cli.output import printable, show
from router.cli.rollback_call import LIMIT, Outcome, RollbackCall, Wish
from router.cli.rollback_screen import Screen
from router.cli.rollback_words import HELP
from router.cli.subcommands import Subparsers
from router.errors import AdminError, AdminUnreachableError, UsageError

SLOW: Final = 3.5
"""Seconds after which whoever waits is told for what: nearly all answer in a tenth of one, and with
a replica that is silent a router reports after three."""

SLACK: Final = 3.0
"""Seconds beyond a router's limit in which a connection may still be opened."""


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "rollback",
        help="send everybody to legacy, now",
        description="Goes to all the addresses of --admin at once, prints each worker's "
        "acknowledgement as it comes, and each other replica's, and ends with one line. It asks "
        "nothing and needs no reason. "
        "Exit codes: 0 everywhere; 4 not confirmed by all, who are safe by the printed time; 3 no "
        "router could be reached, and what helps then is printed; 1 not known to be done "
        "everywhere. It may be called as often as you like.",
    )
    parser.add_argument(
        "service", metavar="SERVICE", nargs="?", help="may be left out where there is one"
    )
    parser.add_argument("--all", action="store_true", help="every service")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; kept with the release")
    parser.add_argument(
        "--store",
        metavar="URL",
        help="write it into this store instead (see `gray-router store`): needs no router that "
        "answers",
    )
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_access_options(parser, "all of them are told at once")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it, and say what became of it."""
    if arguments.all and arguments.service is not None:
        raise UsageError(f"either {printable(arguments.service)} or --all")
    if arguments.store is not None:
        from router.cli import rollback_store

        return rollback_store.run(arguments)
    access = access_of(arguments, is_urgent=True)
    service = None if arguments.all else arguments.service or _only_service(access)
    wish = Wish(service, arguments.reason)
    screen = Screen(is_quiet=arguments.json, names_routers=len(access.admins) > 1)
    try:
        outcomes = _everywhere(access, wish, screen)
    except KeyboardInterrupt:
        sys.stderr.write("Whoever was told by now goes on: look with `gray-router status`.\n")
        raise
    if not any(outcome.is_reached for outcome in outcomes):
        raise AdminUnreachableError(_nobody(outcomes, wish))
    now = time.time()  # noqa: TID251 - a command is where the clock comes in
    last = screen.tell(outcomes, wish, now)
    if arguments.json:
        show(json.dumps(_json(outcomes, wish), indent=2), done=last)
    screen.end(last)
    return _code(outcomes)


def _everywhere(access: Access, wish: Wish, screen: Screen) -> list[Outcome]:
    def call(admin: Address) -> Outcome:
        return RollbackCall(access, admin, wish, screen).finish()

    impatience = threading.Timer(SLOW, screen.waiting)
    impatience.start()
    try:
        found = dict(at_once(access.admins, call, LIMIT + SLACK))
    finally:
        impatience.cancel()
    return [found.get(admin) or _hung(admin) for admin in access.admins]


def _hung(admin: Address) -> Outcome:
    return Outcome(admin, problem=f"{admin}: no answer within {LIMIT + SLACK:g} s")


def _only_service(access: Access) -> str:
    """Return the name of the one service there is, at whatever router."""

    def listed(admin: Address) -> set[str] | AdminError:
        try:
            data = AdminClient(access.only(admin)).call("GET", "/services", is_listing).data
        except AdminError as error:
            return error
        return {release["service"] for release in data["services"]}

    found = dict(at_once(access.admins, listed, LIMIT))
    names = {name for each in found.values() if isinstance(each, set) for name in each}
    if len(names) == 1:
        return names.pop()
    if names:
        known = ", ".join(map(printable, sorted(names)))
        raise UsageError(
            f"NOTHING WAS ROLLED BACK: which service? There are {known}.\n"
            "`gray-router rollback --all` rolls all of them back."
        )
    raise _no_listing([each for each in found.values() if isinstance(each, AdminError)])


def _no_listing(errors: Sequence[AdminError]) -> AdminError:
    told = "\n".join(map(str, errors)) or "no router has answered"
    if all(isinstance(error, AdminUnreachableError) for error in errors):
        return AdminUnreachableError(f"{told}\n{_help(None)}")
    return AdminError(f"{told}\nNOTHING WAS ROLLED BACK. Name a service, or --all, to try again.")


def _nobody(outcomes: Sequence[Outcome], wish: Wish) -> str:
    failures = "".join(f"  {outcome.problem}\n" for outcome in outcomes)
    return f"No admin API could be reached:\n{failures}{_help(wish.service)}"


def _help(service: str | None) -> str:
    what = "--all" if service is None else printable(service)
    return f"NOTHING WAS ROLLED BACK. {HELP.format(what=what)}"


def _code(outcomes: Sequence[Outcome]) -> int:
    if any(outcome.problem is not None for outcome in outcomes):
        return Exit.FAILED
    reports = [report for outcome in outcomes for report in outcome.reports]
    return Exit.DONE if all(each["complete"] for each in reports) else Exit.SAFE_BY_TIME


def _json(outcomes: Sequence[Outcome], wish: Wish) -> object:
    """With one router what that one said, else what each of them said."""
    if len(outcomes) > 1:
        return {
            "admins": [
                {
                    "admin": str(outcome.admin),
                    "reports": outcome.reports,
                    "services": outcome.seen,
                    "problem": outcome.problem,
                }
                for outcome in outcomes
            ]
        }
    outcome = outcomes[0]
    if outcome.seen or outcome.problem is not None:
        return {"services": outcome.seen}
    return {"reports": outcome.reports} if wish.service is None else outcome.reports[0]
