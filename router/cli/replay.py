"""`gray-router replay`: recorded requests to both variants, before AI gets any of a user."""

import argparse
import json  # noqa: TID251 - see admin_client
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TextIO

from router.cli.exit_codes import Exit
from router.cli.output import printable, show
from router.cli.replay_progress import watched
from router.cli.replay_words import notes_of, page_of
from router.cli.subcommands import Subparsers
from router.errors import UsageError

if TYPE_CHECKING:
    from router.replay.played import Played


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "replay",
        help="send recorded requests to both variants and compare their answers",
        description="Sends recorded requests to both variants at a rate, compares the answers as "
        "the service's `compare` says, and reports what differs. `shadow` limits it as it does "
        "copies: match, methods, side effects, sandboxes, headers, sizes, concurrency, budget. No "
        "router has to run. What cannot be read or sent is counted by its reason, and the rest "
        "goes on. Ctrl-C ends it, with the report of what came until then.",
    )
    parser.add_argument(
        "-c", "--config", metavar="FILE", type=Path, required=True, help="the config file"
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="SOURCE",
        required=True,
        help="`vault` (see records.key), a file of GoReplay (.gor, .gor.gz), or one of JSON lines "
        "(any other name; .gz: packed)",
    )
    parser.add_argument("--service", metavar="SERVICE", help="which one, where there are several")
    _add_limits(parser)
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="write the report there as JSON, too"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(run=run)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rate", metavar="N", type=_rate, default=10.0, help="requests a second (default: 10)"
    )
    parser.add_argument(
        "--max-cost",
        metavar="USD",
        type=_cost,
        help="end once AI's answers have cost so much, as they say in x-gray-cost-usd (default: "
        "shadow.budget.cost_per_hour, within an hour)",
    )
    parser.add_argument(
        "--any-match",
        action="store_true",
        help="send requests that the service's match or shadow.match do not have, too",
    )


def run(arguments: argparse.Namespace) -> int:
    """Replay and report."""
    from router.replay.command import Wishes, replayed, task_of
    from router.replay.reporting import report

    task = task_of(arguments.config, arguments.service, arguments.source)
    wishes = Wishes(arguments.rate, is_any=arguments.any_match, most_cost=arguments.max_cost)
    out = _made(arguments.out)
    try:
        with watched(monotonic) as watching:
            played = replayed(task, wishes, watching)
    except BaseException:
        _unmade(out)
        raise
    told = report(task.service, task.source, played)
    text = json.dumps(told, indent=2)
    is_written = _written(out, text)
    show(text if arguments.json else page_of(told))
    for line in notes_of(told, task.shadow.methods, is_slowed=played.is_slowed):
        sys.stderr.write(f"{line}\n")
    return _code(played) if is_written else Exit.FAILED


# The report's file, made before anybody is asked: nothing is replayed for nothing...


def _made(path: Path | None) -> TextIO | None:
    try:
        return None if path is None else path.open("x", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error


def _unmade(file: TextIO | None) -> None:
    if file is not None:
        file.close()
        Path(file.name).unlink()


def _written(file: TextIO | None, text: str) -> bool:
    """Write it, or say why not: what was found is shown in any case."""
    if file is None:
        return True
    try:
        with file:
            file.write(f"{text}\n")
    except OSError as error:
        sys.stderr.write(f"{printable(file.name)}: {error.strerror or error}\n")
        return False
    return True


def _code(played: "Played") -> int:
    if played.stopped or (played.is_whole and not played.read):
        return Exit.FAILED
    return Exit.DONE if played.is_whole else Exit.INTERRUPTED


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:  # noqa: PLR2004 - a second; nothing that is asked here answers more
        raise argparse.ArgumentTypeError(f"{text!r} is no rate: requests a second, above 0")
    return rate


def _cost(text: str) -> float:
    try:
        cost = float(text)
    except ValueError:
        cost = 0.0
    if not 0 < cost <= 1_000_000:  # noqa: PLR2004 - USD
        raise argparse.ArgumentTypeError(f"{text!r} is no cost: USD, above 0")
    return cost
