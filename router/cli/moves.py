"""`start`, `promote`, `pause`, `resume`, `complete`, `reset`, `approve`: a release moves on."""

import argparse
from dataclasses import dataclass
from functools import partial
from typing import Final

from router.cli.access import add_access_options
from router.cli.changing import Order, carry_out
from router.cli.confirming import (
    Question,
    add_yes_option,
    of_approve,
    of_complete,
    of_promote,
    of_resume,
    of_start,
)
from router.cli.subcommands import Subparsers


@dataclass(frozen=True, slots=True)
class Move:
    """A command that takes a service and a reason. `question`: where AI may get more by it."""

    verb: str
    does: str
    description: str
    question: Question | None = None
    flag: str | None = None
    flag_means: str = ""


MOVES: Final = (
    Move(
        "start",
        "begin a rollout with its first stage",
        "From idle or rolled back to the first stage of the config's `release.stages`.",
        of_start,
    ),
    Move(
        "promote",
        "go on to the next higher stage; after the last one the rollout is complete",
        "From the share that stands to the next higher stage; at the last one to complete.",
        of_promote,
    ),
    Move(
        "pause",
        "stay at this share: no automation and no raise until `resume`",
        "The share stays as it is. Lowering it and rolling back stay possible.",
    ),
    Move(
        "resume",
        "go on after a pause",
        "Ends a pause; the share stays. Where the store has lost its state it gives AI again what "
        "it had, and that only with --confirm-lost-state.",
        of_resume,
        "--confirm-lost-state",
        "you have made sure that what AI had before is still right",
    ),
    Move(
        "complete",
        "say that the rollout is over: all callers stay with AI",
        "At 100 percent; the share stays as it is.",
        of_complete,
        "--force",
        "also below 100 percent, and against what holds raises back",
    ),
    Move(
        "reset",
        "begin anew at 0 percent, for the next version of AI",
        "From complete or rolled back to idle at 0 percent.",
    ),
    Move(
        "approve",
        "say yes to the raise that another person has asked for",
        "Carries out the raise that is pending if it has all the approvals that the config asks "
        "for. Whoever asked for it cannot approve it.",
        of_approve,
    ),
)


def register(subparsers: Subparsers) -> None:
    """Describe all of them."""
    for move in MOVES:
        parser = subparsers.add_parser(
            move.verb, help=move.does, description=f"{move.description} Exit codes as with `set`."
        )
        parser.add_argument("service", metavar="SERVICE", help="the service's name")
        parser.add_argument(
            "--reason", metavar="TEXT", default="", help="why; kept with the release"
        )
        if move.flag is not None:
            parser.add_argument(move.flag, action="store_true", help=move.flag_means)
        if move.question is not None:
            add_yes_option(parser)
        add_access_options(parser)
        parser.set_defaults(run=partial(run, move))


def run(move: Move, arguments: argparse.Namespace) -> int:
    """Ask for the change, and say what became of it."""
    body: dict[str, object] = {"reason": arguments.reason}
    if move.flag is not None:
        name = move.flag.removeprefix("--").replace("-", "_")
        body[name] = getattr(arguments, name)
    return carry_out(arguments, Order("POST", move.verb, body, move.question))
