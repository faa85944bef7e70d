"""`gray-router store copy`: another place for what is remembered."""

import argparse
import json  # noqa: TID251 - see admin_client
from typing import TYPE_CHECKING

from router.cli.output import printable, show
from router.cli.store_url import HELP, filled_in
from router.cli.subcommands import Subparsers

if TYPE_CHECKING:
    from router.store.copying import Copied


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "store",
        help="copy releases and the audit log from one store into another",
        description="`gray-router store copy FROM TO` copies all releases and the whole audit log, "
        "whose chain is checked, byte by byte from one store into another, which has to be empty. "
        "Stop the routers on FROM first, and start them on TO. Ends with 1 where the chain does "
        "not hold, TO is not empty, or a router writes to FROM meanwhile: nothing is copied then.",
    )
    parser.add_argument("action", metavar="copy", choices=("copy",), help="what to do")
    parser.add_argument("source", metavar="FROM", help=HELP)
    parser.add_argument("target", metavar="TO", help="the same; a new sqlite file is made")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Copy, and say what there is now."""
    import asyncio

    done = asyncio.run(_copied(filled_in(arguments.source), filled_in(arguments.target)))
    head = {"event": done.head.sequence, "hash": done.head.hash}
    names = ", ".join(map(printable, done.services)) or "none"
    lines = (
        f"copied the releases of {names} and {done.head.sequence} events",
        "note this where the router cannot write, for --noted the next time:",
        f"{done.head.sequence}:{done.head.hash}",
    )
    report = json.dumps({"services": done.services, "head": head}, indent=2)
    show(report if arguments.json else "\n".join(lines), done=lines[0])
    return 0


async def _copied(source: str, target: str) -> "Copied":
    from pathlib import Path

    from router.store.copying import copy
    from router.store.opening import open_existing, open_lasting

    old = open_existing(source, Path())
    new = open_lasting(target, Path())
    try:
        return await copy(old, new)
    finally:
        await old.close()
        await new.close()
