"""`gray-router replay`: recorded requests to both variants, before AI gets any of a user."""

import argparse
import json  # noqa: TID251 - see admin_client
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from router.cli.divergence_words import answers_page
from router.cli.exit_codes import Exit
from router.cli.output import printable, show
from router.cli.subcommands import Subparsers
from router.errors import UsageError

if TYPE_CHECKING:
    from router.replay.command import Task
    from router.replay.run import Played


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "replay",
        help="send recorded requests to both variants and compare their answers",
        description="Sends recorded requests to both variants at a rate, compares the answers as "
        "the service's `compare` says, and reports what differs. `shadow` limits it as it does "
        "copies: methods, side effects, sandboxes, headers, sizes, concurrency. No router has to "
        "run. Ctrl-C ends it, with the report of what came until then.",
    )
    parser.add_argument(
        "-c", "--config", metavar="FILE", type=Path, required=True, help="the config file"
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="SOURCE",
        required=True,
        help="`vault` (see records.key), a file of GoReplay (.gor, .gor.gz), or JSON lines",
    )
    parser.add_argument("--service", metavar="SERVICE", help="which one, where there are several")
    parser.add_argument(
        "--rate", metavar="N", type=_rate, default=10.0, help="requests a second (default: 10)"
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="write the report there as JSON, too"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Replay and report."""
    from router.replay.command import replayed, report, task_of

    task = task_of(arguments.config, arguments.service, arguments.source)
    if arguments.out is not None and arguments.out.exists():
        raise UsageError(f"{arguments.out} is there already")
    played = replayed(task, arguments.rate, _progress)
    sys.stderr.write("\n" if sys.stderr.isatty() else "")
    told = report(task, played)
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    show(json.dumps(told, indent=2) if arguments.json else answers_page(told))
    _note(task, played)
    return Exit.DONE if played.is_whole else Exit.INTERRUPTED


def _progress(played: "Played") -> None:
    """Write one line over itself; a recording does not say how long it is."""
    if sys.stderr.isatty():
        lost = played.lost.total()
        sys.stderr.write(
            f"\r{played.read:,} read, {played.sent:,} sent, {played.compared:,} compared, "
            f"{lost:,} answers lost "
        )
        sys.stderr.flush()


def _note(task: "Task", played: "Played") -> None:
    lines = [
        f"{printable(v)}: {count:,} answers {loss}" for (v, loss), count in played.lost.items()
    ]
    if played.left_out["unsafe_method"]:
        lines.append(
            f"{played.left_out['unsafe_method']:,} requests were not sent: `shadow.methods` has "
            f"{', '.join(task.shadow.methods)}, and others take `side_effects: none` or a sandbox"
        )
    if task.rules.custom:
        lines.append("`compare.custom` is not asked by a replay")
    for line in lines:
        sys.stderr.write(f"{line}\n")


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:  # noqa: PLR2004 - a second; nothing that is asked here answers more
        raise argparse.ArgumentTypeError(f"{text!r} is no rate: requests a second, above 0")
    return rate
