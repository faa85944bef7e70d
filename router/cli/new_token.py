"""`gray-router token`: a new token for a person or a robot, and what the config is to say of it."""

import argparse
import json  # noqa: TID251 - see admin_client

from router.cli.exit_codes import Exit
from router.cli.output import show
from router.cli.subcommands import Subparsers

ROLES = ("viewer", "writer", "reviewer", "operator", "admin")

BYTES = 32
"""256 bits: as many as the hash has that the config keeps of it."""


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "token",
        help="make a token for a person or a robot",
        description="Prints a new token, this once, and the lines for the config, which holds its "
        "SHA-256 alone. Needs no router. Give the token to its owner and keep it nowhere else.",
    )
    parser.add_argument(
        "name", metavar="NAME", type=_name, help="whose it is: first.last, ci.deploy"
    )
    parser.add_argument("role", metavar="ROLE", choices=ROLES, help=", ".join(ROLES))
    parser.add_argument(
        "--services",
        metavar="NAME[,NAME]",
        type=_services,
        help="limit it to these services (default: all)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make it, and show it once."""
    import hashlib
    import secrets

    token = secrets.token_urlsafe(BYTES)
    entry: dict[str, object] = {
        "name": arguments.name,
        "role": arguments.role,
        "sha256": hashlib.sha256(token.encode()).hexdigest(),
    }
    if arguments.services is not None:
        entry["services"] = arguments.services
    show(
        json.dumps({"token": token, "config": entry}, indent=2)
        if arguments.json
        else _text(token, entry)
    )
    return Exit.DONE


def _text(token: str, entry: dict[str, object]) -> str:
    fields = ", ".join(f"{key}: {json.dumps(value)}" for key, value in entry.items())
    return "\n".join(
        [
            token,
            "",
            "# The token stands above, and nowhere else. In the config:",
            "admin:",
            "  tokens:",
            f"    - {{{fields}}}",
        ]
    )


def _name(text: str) -> str:
    from router.settings.credentials import read_caller_name
    from router.settings.problems import NotAllowedError

    try:
        return read_caller_name(text)
    except NotAllowedError as error:
        allowed = error.allowed or "a-z, 0-9 and . _ @ + -, at most 63, as in first.last"
        raise argparse.ArgumentTypeError(f"{text!r} is no name: {allowed}") from error


def _services(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} leaves a name out")
    return names
