"""`gray-router shadow`: how many requests are copied. Nobody is served by another one for it."""

import argparse
from collections.abc import Mapping
from typing import Any, Final

from router.cli.access import add_access_options
from router.cli.changing import Order, carry_out
from router.cli.output import copies
from router.cli.set_percent import percentage
from router.cli.subcommands import Subparsers

_WORDS: Final[Mapping[str, float | None]] = {"on": None, "off": 0.0}


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "shadow",
        help="copy requests to the other variant, or stop that; users notice neither",
        description="`on` copies as many requests as the config's `shadow.sample` says, `off` "
        "none, a percentage so many. It holds above the config until the next `shadow`, also over "
        "rollbacks and restarts, and needs a service with `shadow` in its config. Exit codes as "
        "with `set`.",
    )
    parser.add_argument("service", metavar="SERVICE", help="the service's name")
    parser.add_argument(
        "percent",
        metavar="on|off|PERCENT",
        type=_copied,
        help="`on`: as many as the config says; `off`: none; or 0 to 100, with at most two "
        "decimals",
    )
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; kept in the audit log")
    add_access_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask for the change, and say what became of it."""
    body = {"percent": arguments.percent, "reason": arguments.reason}
    return carry_out(arguments, Order("PUT", "shadow", body, says=_standing))


def _copied(text: str) -> float | None:
    if text in _WORDS:
        return _WORDS[text]
    try:
        return percentage(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither on nor off nor a percentage (0 to 100, at most two decimals)"
        ) from None


def _standing(release: Mapping[str, Any]) -> str:
    """Say what is copied now, and by whose word."""
    return copies(release) or "nothing is known of its copies"
