"""`gray-router events`: who did what, when and why; and whether the log of it is still whole."""

import argparse
import json  # noqa: TID251 - see admin_client
import re
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from router.cli.access import access_of, add_access_options
from router.cli.admin_client import AdminClient
from router.cli.answers import is_events
from router.cli.exit_codes import Exit
from router.cli.output import aligned, percent, printable, show
from router.cli.store_url import filled_in
from router.cli.subcommands import Subparsers
from router.errors import UsageError

if TYPE_CHECKING:
    from router.cli.chain import Verdict

MOST_AT_ONCE: Final = 1000
HEADINGS: Final = ("EVENT", "WHEN", "WHO", "FROM", "SERVICE", "COMMAND", "CAME OF IT", "WHY")

_NOTED: Final = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "events",
        help="show who did what, when and why; check that the log is whole",
        description="Shows the audit log, the newest event first: every command, carried out or "
        "refused. With --verify it fetches the whole log and checks the chain of hashes here: it "
        "says how many events there are and which hash to note elsewhere, or names the first "
        "event that is wrong and ends with 1.",
    )
    parser.add_argument("service", metavar="SERVICE", nargs="?", help="one service (default: all)")
    parser.add_argument(
        "--limit", metavar="N", type=_count, default=20, help="how many events (default: 20)"
    )
    parser.add_argument("--verify", action="store_true", help="check the chain of all events")
    parser.add_argument(
        "--noted",
        metavar="EVENT:HASH",
        type=_noted,
        help="with --verify: what was noted the last time has to be there still",
    )
    parser.add_argument(
        "--store",
        metavar="URL",
        help="with --verify: read this store instead of asking a router; see `gray-router store`",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show or check."""
    if arguments.verify:
        return _verified(arguments)
    if arguments.store is not None or arguments.noted is not None:
        raise UsageError("--store and --noted go with --verify")
    client = AdminClient(access_of(arguments))
    events = list(_newest(client, arguments.service, arguments.limit))
    if arguments.json:
        show(json.dumps({"events": events}, indent=2))
    elif events:
        show(aligned([HEADINGS, *map(_row, events)]))
    else:
        show("no events yet")
    return Exit.DONE


# Show...


def _newest(client: AdminClient, service: str | None, limit: int) -> Iterator[Mapping[str, Any]]:
    before: int | None = None
    while limit > 0:
        query = {"service": service, "before": before, "limit": min(limit, MOST_AT_ONCE)}
        given = {name: value for name, value in query.items() if value is not None}
        asked = urlencode(given, errors="surrogateescape")
        page = client.call("GET", f"/events?{asked}", is_events).data
        yield from page["events"][:limit]
        limit -= len(page["events"])
        # Whoever may not see all may get an empty page in the middle; the way always leads back.
        if page["next"] is None or (before is not None and page["next"] >= before):
            return
        before = page["next"]


def _row(event: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(event["sequence"]),
        printable(event["at"]),
        printable(event["who"]),
        printable(event["from"]) or "-",
        printable(event["service"]) or "-",
        printable(event["command"]),
        _outcome(event),
        _why(event),
    )


def _outcome(event: Mapping[str, Any]) -> str:
    if not event["accepted"]:
        return "REFUSED"
    new = event["new"]
    if new is None:
        return "-"
    if new.get("pending") is not None:
        return f"{percent(new['pending'])} waits for another person"
    before = "" if event["old"] is None else f"{percent(event['old']['percent'])} -> "
    return f"{before}{percent(new['percent'])}, {printable(new['status'])}"


def _why(event: Mapping[str, Any]) -> str:
    """Say why it was refused, or else why it was asked for: a long column is the last one."""
    reasons = (event["refused"], event["why"])
    return "; asked for: ".join(printable(reason) for reason in reasons if reason) or "-"


# Check...


def _verified(arguments: argparse.Namespace) -> int:
    from router.cli import chain

    noted = arguments.noted and chain.Noted(*arguments.noted)
    if arguments.store is not None:
        verdict = chain.check_store(filled_in(arguments.store), noted)
    else:
        verdict = chain.check_router(AdminClient(access_of(arguments)), noted)
    if arguments.json:
        show(json.dumps(verdict.as_json(), indent=2))
    elif verdict.broken is None:
        show(_whole(verdict))
    else:
        before = verdict.broken.sequence - 1
        sys.stderr.write(
            f"THE AUDIT LOG IS BROKEN AT EVENT {verdict.broken.sequence}: "
            f"{verdict.broken.because}. The {before} before it are as they were written.\n"
        )
    return Exit.DONE if verdict.broken is None else Exit.FAILED


def _whole(verdict: "Verdict") -> str:
    count = verdict.head.sequence
    if not count:
        return "the audit log is whole: it has no events yet"
    span = f"from {verdict.first} to {verdict.last}"
    return (
        f"the audit log is whole: {count} event{'s'[: count > 1]}, {span}\n"
        f"note this where the router cannot write, for --noted the next time:\n"
        f"  {count}:{verdict.head.hash}"
    )


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of events")
    return int(text)


def _noted(text: str) -> tuple[int, str]:
    written = _NOTED.fullmatch(text)
    if written is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the end of a log: it looks like 42:9f86d081… with 64 digits"
        )
    return int(written[1]), written[2]
