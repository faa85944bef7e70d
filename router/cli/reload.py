"""`gray-router reload`: has a router serve by the config on its disk."""

import argparse
import json  # noqa: TID251 - see admin_client
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from router.cli.access import access_of, add_access_options
from router.cli.admin_client import AdminClient
from router.cli.answers import is_reload
from router.cli.exit_codes import Exit
from router.cli.output import printable, show
from router.cli.subcommands import Subparsers
from router.errors import AdminRefusedError


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "reload",
        help="serve by the config file as it stands on disk",
        description="Has the router read its config file again, and prints what changed and what "
        "needs a restart. A file with mistakes is refused whole: all of them are printed, the "
        "running config serves on, and the exit code is 1. It is 1 too when a worker has not said "
        "within two seconds that it serves by the new config.",
    )
    parser.add_argument(
        "--reshuffle",
        action="store_true",
        help="allow that callers of a service that AI has a share of are divided anew, by another "
        "salt, key or cookie",
    )
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask for it, and say what became of it."""
    client = AdminClient(access_of(arguments))
    try:
        answer = client.call("POST", "/reload", is_reload, {"reshuffle": arguments.reshuffle})
    except AdminRefusedError as refused:
        if not arguments.json:
            raise
        show(json.dumps(refused.problem, indent=2))
        return Exit.FAILED
    report = answer.data
    where = f"{answer.admin}: " if client.has_choice else ""
    told = [*_lines(report)]
    if arguments.json:
        show(json.dumps(report, indent=2), done=told[0])
    else:
        show(where + "\n".join(told), done=where + told[0])
    return _confirmed(report)


def _confirmed(report: Mapping[str, Any]) -> int:
    if not report["missing"]:
        return Exit.DONE
    missing = ", ".join(map(printable, report["missing"]))
    sys.stderr.write(
        f"{missing} has not confirmed. It follows as soon as it hears; look again with "
        "`gray-router status`.\n"
    )
    return Exit.FAILED


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    name = printable(report["config_hash"])
    if report["missing"]:
        yield f"config {name} runs, but not everywhere yet"
    elif report["is_changed"]:
        yield f"config {name} runs, everywhere after {report['applied_ms']} ms"
    else:
        yield f"nothing to do: config {name} runs already"
    for what in ("added", "changed", "removed"):
        if report[what]:
            yield f"  {what}: {', '.join(map(printable, report[what]))}"
    for each in report["certificates"]:
        yield f"  certificate {printable(each['place'])}: {_certificate(each)}"
    if report["needs_restart"]:
        keys = ", ".join(map(printable, report["needs_restart"]))
        yield f"  needs a restart, and keeps its running value until then: {keys}"
    yield from (f"  warning: {printable(each)}" for each in report["warnings"])


def _certificate(certificate: Mapping[str, Any]) -> str:
    if certificate["expires"] is None:
        return "another one"
    subject, expires = printable(certificate["subject"]), printable(certificate["expires"])
    return f"{subject}, valid until {expires}"
