"""`gray-router compare`: compares without serving, in the foreground."""

import argparse
from pathlib import Path
from typing import Final

from router.cli.subcommands import Subparsers
from router.errors import UsageError

LISTEN: Final = "127.0.0.1:9910"


def register(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "compare",
        help="compare legacy and AI by mirrored requests, and serve nobody",
        description="Runs in the foreground, as `serve` does, for a team that compares before it "
        "routes. Requests that nginx, Envoy, Istio or GoReplay mirror to --listen are answered by "
        "204 and sent to both variants, under the limits of `shadow`; `POST /pairs` takes pairs of "
        "answers that somebody else has collected; with `comparer.stream` it judges what other "
        "routers bring, too. Results are read from the admin API. A service "
        "without `shadow` is compared by its defaults.",
    )
    parser.add_argument(
        "-c", "--config", metavar="FILE", type=Path, required=True, help="the config file"
    )
    parser.add_argument(
        "--listen",
        metavar="ADDR",
        default=LISTEN,
        help=f"where mirrored requests come, in place of `proxy.listen` (default {LISTEN})",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare until a signal ends it."""
    from router.processes.supervisor import serve
    from router.settings.addresses import read_listen

    try:
        listen = read_listen(arguments.listen)
    except ValueError as error:
        raise UsageError(
            f"--listen {arguments.listen!r} is no address: 127.0.0.1:9910, [::1]:9910 or "
            "unix:/run/compare.sock"
        ) from error
    return serve(arguments.config, listen)
