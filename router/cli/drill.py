"""`gray-router drill`: a real rollback, rehearsed under traffic, after which all is as before."""

import argparse
import http.client
import json  # noqa: TID251 - see admin_client
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from router.cli.access import Access, access_of, add_access_options
from router.cli.address import Address
from router.cli.admin_client import AdminClient, Answer, Call, ForeignError, read_answer
from router.cli.answers import is_rehearsal, is_service
from router.cli.changing import path_of
from router.cli.confirming import add_yes_option, agrees, is_to_be_asked, of_drill
from router.cli.drill_words import ended, stays
from router.cli.event_stream import events_of
from router.cli.exit_codes import Exit
from router.cli.output import show
from router.cli.rollback_words import acknowledged, problems
from router.cli.subcommands import Subparsers

EVENT_STREAM: Final = "text/event-stream"


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "drill",
        help="rehearse a rollback under traffic; then all is as before",
        description="Rolls the service back for some seconds, in which all of its callers go to "
        "legacy, measures how long that takes, and restores status, stage and percent. Any other "
        "command meanwhile, an ill legacy, or a worker that does not confirm leaves AI at 0. Exit "
        "codes: 0 passed; 1 refused, or AI was left at 0; 4 AI was left at 0, and the rollback is "
        "not confirmed by all, who are safe by the printed time.",
    )
    parser.add_argument("service", metavar="SERVICE", help="the service's name")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; kept with the release")
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_yes_option(parser)
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it, and say what became of it."""
    access = access_of(arguments)
    headers = {"Accept": f"{EVENT_STREAM}, application/json"}
    if is_to_be_asked(arguments):
        seen = AdminClient(access).call("GET", path_of(arguments.service), is_service)
        if not agrees(of_drill(seen.data)):
            show("Nothing has changed.")
            return Exit.FAILED
        # What was agreed to is done where it was seen, and only as it was seen.
        access = access.only(seen.admin)
        headers["If-Match"] = f'"{seen.data["revision"]}"'
    body = {"reason": arguments.reason}
    call = Call("POST", path_of(arguments.service, "drill"), is_rehearsal, body, headers)
    return _told(arguments, _rehearsed(access, call, is_quiet=arguments.json))


def _rehearsed(access: Access, call: Call, *, is_quiet: bool) -> Mapping[str, Any]:
    def read(response: http.client.HTTPResponse, admin: Address) -> Answer:
        if not response.getheader("Content-Type", "").startswith(EVENT_STREAM):
            return read_answer(response, admin, call.shape, access)
        for name, said in events_of(iter(response.readline, b"")):
            data = _read(said)
            if name == "drill" and is_rehearsal(data):
                return Answer(response.status, data, admin)
            if not is_quiet:
                _show_step(name, data)
        raise ConnectionError("it ended before the drill did")

    data: Mapping[str, Any] = AdminClient(access).ask(call, read).data
    return data


def _read(said: str) -> Any:
    try:
        return json.loads(said)
    except ValueError as error:
        raise ForeignError("its events are no JSON") from error


def _show_step(name: str, data: Any) -> None:
    if name == "acknowledged":
        show(acknowledged(data, ""))
    elif name == "report":
        show(stays(data))


def _told(arguments: argparse.Namespace, drill: Mapping[str, Any]) -> int:
    for problem in problems([drill["report"]]):
        sys.stderr.write(f"{problem}\n")
    now = time.time()  # noqa: TID251 - a command is where the clock comes in
    last = ended(drill, now)
    if arguments.json:
        show(json.dumps(drill, indent=2), done=last)
    elif drill["restored"]:
        show(last, done=last)
    else:
        sys.stderr.write(f"{last}\n")
    if drill["restored"]:
        return Exit.DONE
    return Exit.FAILED if drill["report"]["complete"] else Exit.SAFE_BY_TIME
