"""`gray-router`: reads the command line, runs one command, and turns its failure into an exit code.

Whoever types `gray-router status` at night waits for no web framework: this module and the client
commands import argparse and http.client; what is heavier is imported by the command that runs.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from router import __version__
from router.cli import (
    check,
    compare,
    completion,
    demo,
    divergences,
    drill,
    events,
    forget,
    moves,
    new_token,
    planning,
    reload,
    replay,
    rollback,
    serve,
    set_percent,
    shadow,
    status,
    store,
)
from router.cli.exit_codes import Exit
from router.errors import (
    AdminUnreachableError,
    GrayRouterError,
    OutputError,
    SettingsError,
    UsageError,
)
from router.stdio import hold_stdio

COMMANDS: Final = (
    serve,
    check,
    compare,
    demo,
    status,
    planning,
    set_percent,
    moves,
    shadow,
    rollback,
    drill,
    events,
    divergences,
    replay,
    new_token,
    store,
    forget,
    reload,
    completion,
)


def command_line() -> argparse.ArgumentParser:
    """Describe every command and option; the reference page is made from it."""
    parser = argparse.ArgumentParser(
        prog="gray-router",
        description="Splits HTTP traffic between a legacy and an AI backend by percentage.",
    )
    parser.add_argument("--version", action="version", version=f"gray-router {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(subparsers)
    parser.set_defaults(commands=COMMANDS)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return the exit code."""
    hold_stdio()
    arguments = command_line().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except GrayRouterError as error:
        if isinstance(error, OutputError):
            _give_stdout_up()
        with contextlib.suppress(OSError):  # it may be the same full disk; the code says it too
            sys.stderr.write(f"{error}\n")
        return _code(error)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:  # whoever read our output (`| head`) has seen enough
        _give_stdout_up()
        return Exit.FAILED
    return code


def _give_stdout_up() -> None:
    """Let what is still unwritten go nowhere: Python would write it at its exit, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _code(error: GrayRouterError) -> int:
    match error:
        case SettingsError() | UsageError():
            return Exit.WRONG_USAGE
        case AdminUnreachableError():
            return Exit.UNREACHABLE
        case _:
            return Exit.FAILED
