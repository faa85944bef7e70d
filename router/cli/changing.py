"""What every command that changes a release does: ask a person, order it, say what became of it."""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from router.cli.access import Access, access_of
from router.cli.admin_client import AdminClient, Answer
from router.cli.answers import is_change, is_service
from router.cli.confirming import Question, agrees, is_to_be_asked
from router.cli.exit_codes import Exit
from router.cli.output import percent, printable, show, waiting

Says = Callable[[Mapping[str, Any]], str]
"""Tells a release that follows in a few words."""


def share_of(release: Mapping[str, Any]) -> str:
    """Say to whom callers go."""
    status = printable(release["status"])
    share = f"{percent(release['percent'])} of callers go to AI"
    return f"{status}, {share}" if status in ("paused", "complete") else share


@dataclass(frozen=True, slots=True)
class Order:
    """A change to be asked for.

    question: what a person is asked before, None: nothing. says: how it stands then.
    """

    method: str
    verb: str
    body: Mapping[str, object]
    question: Question | None = None
    says: Says = share_of


def path_of(service: str, *more: str) -> str:
    """Return the path of a service, or below it; a name may hold anything."""
    return "/".join(["/services", quote(service, safe="", errors="surrogateescape"), *more])


def carry_out(arguments: argparse.Namespace, order: Order) -> int:
    """Ask for the change, and say what became of it."""
    access = access_of(arguments)
    has_choice = len(access.admins) > 1
    headers: dict[str, str] = {}
    if order.question is not None and is_to_be_asked(arguments):
        seen = AdminClient(access).call("GET", path_of(arguments.service), is_service)
        step = order.question(arguments, seen.data)
        if step is not None and not agrees(step):
            show("Nothing has changed.")
            return Exit.FAILED
        # What was agreed to is done where it was seen, and only as it was seen.
        access, headers = access.only(seen.admin), {"If-Match": f'"{seen.data["revision"]}"'}
    return _told(_ordered(arguments, order, access, headers), order.says, has_choice=has_choice)


def _ordered(
    arguments: argparse.Namespace, order: Order, access: Access, headers: Mapping[str, str]
) -> Answer:
    path = path_of(arguments.service, order.verb)
    return AdminClient(access).call(order.method, path, is_change, order.body, headers)


def _told(answer: Answer, says: Says, *, has_choice: bool) -> int:
    release = answer.data
    where = f" at {answer.admin}" if has_choice else ""
    name = f"{printable(release['service'])}{where}"
    if release.get("pending") is not None:
        sys.stderr.write(f"{name}: {waiting(release)}\n")
        return Exit.FAILED
    share = f"{name}: {says(release)}"
    if release["missing"]:
        missing = ", ".join(map(printable, release["missing"]))
        sys.stderr.write(
            f"{share} (revision {release['revision']}), but not everywhere yet: "
            f"{missing} has not confirmed. It follows as soon as it hears; "
            "look again with `gray-router status`.\n"
        )
        return Exit.FAILED
    done = f"{share} (revision {release['revision']}, everywhere after {release['applied_ms']} ms)"
    show(done, done=done)
    return Exit.DONE
