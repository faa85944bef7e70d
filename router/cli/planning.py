"""`gray-router plan`: what a change would come to, before anybody makes it."""

import argparse
import json  # noqa: TID251 - see admin_client
from collections.abc import Iterator, Mapping
from typing import Any

from router.cli.access import access_of, add_access_options
from router.cli.admin_client import AdminClient
from router.cli.answers import is_plan
from router.cli.changing import path_of
from router.cli.exit_codes import Exit
from router.cli.output import percent, printable, show
from router.cli.set_percent import percentage
from router.cli.subcommands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "plan",
        help="say what `set` would do; nothing is done",
        description="Says what the share would come to in requests an hour, at the rate of the "
        "last minute, what it asks for, and why it would be refused now. Nothing is done, and the "
        "exit code is 0 also where it would be refused.",
    )
    parser.add_argument("service", metavar="SERVICE", help="the service's name")
    parser.add_argument(
        "percent", metavar="PERCENT", type=percentage, help="0 to 100, with at most two decimals"
    )
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    path = f"{path_of(arguments.service, 'plan')}?percent={arguments.percent:g}"
    plan = AdminClient(access_of(arguments)).call("GET", path, is_plan).data
    show(json.dumps(plan, indent=2) if arguments.json else "\n".join(_lines(plan)))
    return Exit.DONE


def _lines(plan: Mapping[str, Any]) -> Iterator[str]:
    stage = "" if plan["stage"] is None else f" (stage {plan['stage'] + 1} of its plan)"
    yield (
        f"{printable(plan['service'])}: {percent(plan['percent_now'])} -> "
        f"{percent(plan['percent'])} of callers go to AI{stage}; "
        f"{printable(plan['status'])} -> {printable(plan['status_then'])}"
    )
    yield f"requests  {_hourly(plan)}"
    yield f"asks for  {_asks(plan)}"
    if plan["refusal"] is not None:
        code, detail = plan["refusal"]["code"], plan["refusal"]["detail"]
        yield f"IT WOULD BE REFUSED NOW ({printable(code)}): {printable(detail)}"


def _hourly(plan: Mapping[str, Any]) -> str:
    if plan["requests_per_hour"] is None:
        return "not known yet: ask again after a minute with traffic"
    return (
        f"{plan['requests_per_hour']:,} an hour; for AI {plan['ai_requests_per_hour_now']:,} -> "
        f"{plan['ai_requests_per_hour']:,}"
    )


def _asks(plan: Mapping[str, Any]) -> str:
    asked = ["a reason"] if plan["needs_reason"] else []
    if plan["approvals"] > 1:
        asked.append(f"the yes of {plan['approvals']} people, who asks being one of them")
    return ", and ".join(asked) or "nothing"
