"""`rollback --store`: the way back where no router answers. What is heavy is imported with it."""

import argparse
import asyncio
import json  # noqa: TID251 - see admin_client
import os
import pwd
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.cli.exit_codes import Exit
from router.cli.output import percent, printable, show
from router.cli.store_url import filled_in
from router.errors import StoreError, UsageError
from router.model import ALL
from router.release.commands import Rollback
from router.release.plan import ReleasePlan
from router.release.state import Release
from router.release.transitions import Decision, decide
from router.store.audit import Entry
from router.store.opening import open_existing
from router.store.port import Passed, Store

ORIGIN: Final = "store"
"""Where the command came from, in the audit log."""

ATTEMPTS: Final = 5
"""A router may change the release between our look and our word."""

NO_PLAN: Final = ReleasePlan((ALL,))
"""A rollback asks for nothing that a plan says."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who wants it, when (Unix seconds), and why."""

    by: str
    at: float
    reason: str


def run(arguments: argparse.Namespace) -> int:
    """Write it down, and say who heeds it."""
    spoken = Spoken(_user(), time.time(), arguments.reason)  # noqa: TID251 - see rollback
    service = None if arguments.all else arguments.service
    done = asyncio.run(
        _rolled_back(filled_in(arguments.store), service, spoken, is_all=arguments.all)
    )
    last = "\n".join(_lines(done))
    show(json.dumps(_json(done), indent=2) if arguments.json else last, done=last)
    return Exit.DONE


async def _rolled_back(
    url: str, service: str | None, spoken: Spoken, *, is_all: bool
) -> Sequence[Decision]:
    store = open_existing(url, Path())
    try:
        releases = (await store.load()).releases
        names = tuple(releases) if is_all else (_chosen(service, tuple(releases)),)
        return [await _roll_back(store, releases[name], spoken) for name in names]
    finally:
        await store.close()


def _chosen(service: str | None, known: Sequence[str]) -> str:
    names = ", ".join(map(printable, known)) or "none yet"
    if service is None and len(known) == 1:
        return known[0]
    if service is None:
        raise UsageError(
            f"NOTHING WAS ROLLED BACK: which service? The store knows {names}.\n"
            "--all rolls all of them back."
        )
    if service not in known:
        raise StoreError(
            f"NOTHING WAS ROLLED BACK: the store knows no service {printable(service)}; "
            f"it knows {names}"
        )
    return service


async def _roll_back(store: Store, release: Release, spoken: Spoken) -> Decision:
    for _ in range(ATTEMPTS):
        command = Rollback(by=spoken.by, at=spoken.at, reason=spoken.reason)
        decision = decide(release, command, NO_PLAN)
        if not isinstance(decision, Decision):
            raise StoreError(f"NOTHING WAS ROLLED BACK: {decision}")
        outcome = await store.put_newer(decision.after, entry=_entry(decision, spoken))
        if not isinstance(outcome, Passed) or outcome.newest is None:
            return decision
        release = outcome.newest
    raise StoreError(f"{printable(release.service)} changes all the time: try again")


def _entry(decision: Decision, spoken: Spoken) -> Entry:
    return Entry(
        at=spoken.at,
        who=spoken.by,
        origin=ORIGIN,
        command=Rollback.name,
        service=decision.after.service,
        why=spoken.reason,
        old=decision.before,
        new=decision.after,
    )


def _user() -> str:
    """Return who is at the keyboard, as the system knows it; a variable could say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _json(done: Sequence[Decision]) -> object:
    return {
        "reports": [
            {
                "service": decision.after.service,
                "epoch": decision.after.epoch,
                "revision": decision.after.revision,
                "percent": 0,
                "durable": "store",
            }
            for decision in done
        ]
    }


def _lines(done: Sequence[Decision]) -> Iterator[str]:
    if not done:
        yield "The store knows no service: a router that is started with it begins at 0 percent."
        return
    for decision in done:
        before, after = decision.before, decision.after
        yield (
            f"{printable(after.service)}: rolled back in the store (epoch {after.epoch}); it stood "
            f"at {percent(before.share / 100)}, {before.status}."
        )
    yield (
        "A router that runs on this store notices it by itself; one that is started begins rolled "
        "back. Look with `gray-router status`."
    )
