"""`gray-router serve`: runs the router in the foreground."""

import argparse
from pathlib import Path

from router.cli.subcommands import Subparsers


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "serve",
        help="run the router until SIGTERM or SIGINT",
        description="Runs in the foreground. SIGTERM or SIGINT lets requests in flight finish and "
        "ends with 0; a second one ends at once. Events are written to stderr, one JSON object a "
        "line; `ready` says that traffic is served.",
    )
    parser.add_argument(
        "-c", "--config", metavar="FILE", type=Path, required=True, help="the config file"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from router.processes.supervisor import serve

    return serve(arguments.config)
