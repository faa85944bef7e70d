"""`divergences`, `suggest-ignores`: where AI differs from legacy, how often, and how surely."""

import argparse
import json  # noqa: TID251 - see admin_client
import re
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from router.cli.access import Access, access_of, add_access_options
from router.cli.admin_client import AdminClient
from router.cli.answers import is_divergences, is_pair
from router.cli.changing import path_of
from router.cli.curl import curl
from router.cli.divergence_words import answers_page, metrics_page
from router.cli.exit_codes import Exit
from router.cli.output import printable, show
from router.cli.subcommands import Subparsers
from router.errors import AdminError, AdminRefusedError, UsageError

LISTED: Final = 20
"""Samples that are shown where nobody says how many."""

PAGE: Final = 500
"""Samples that are fetched at once for a file."""

DEFAULT_URL: Final = "http://127.0.0.1:8080"


def register(subparsers: Subparsers) -> None:
    """Describe both commands."""
    parser = subparsers.add_parser(
        "divergences",
        help="show where AI's answers differ from legacy's, or one pair side by side",
        description="Shows how much was compared, what differs, how much of that is each side's "
        "own noise, and what is left beyond it, by field and with intervals that hold however "
        "often one looks. With PAIR it shows one pair of answers side by side; what they say "
        "takes the role reviewer, and `compare.record` to have kept it.",
    )
    parser.add_argument("service", metavar="SERVICE", help="the service's name")
    parser.add_argument("pair", metavar="PAIR", nargs="?", help="show this pair")
    parser.add_argument(
        "--kind",
        choices=("answer", "metric"),
        default="answer",
        help="answers, or errors and latencies by minute (default: answer)",
    )
    parser.add_argument("--field", metavar="FIELD", help="this one alone, as /label or status")
    parser.add_argument(
        "--change", metavar="CHANGE", help="value, type, missing, extra, length or order alone"
    )
    parser.add_argument("--phase", metavar="PHASE", help="of this phase (default: the newest)")
    parser.add_argument("--since", metavar="WHEN", help="for so long (15m, 2h, 1d), or since then")
    parser.add_argument(
        "--limit", metavar="N", type=_count, default=LISTED, help=f"samples (default: {LISTED})"
    )
    parser.add_argument("--curl", action="store_true", help="print the command that asks it again")
    parser.add_argument(
        "--to",
        metavar="URL",
        default=DEFAULT_URL,
        help=f"with --curl: where to ask (default: {DEFAULT_URL})",
    )
    parser.add_argument(
        "--export", metavar="FILE", type=Path, help="write all samples there, a JSON line for each"
    )
    parser.add_argument("--json", action="store_true", help="print the admin API's JSON")
    add_access_options(parser)
    parser.set_defaults(run=run)
    _register_suggest(subparsers)


def _register_suggest(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "suggest-ignores",
        help="propose config lines for fields that are noise",
        description="Prints lines for the service's config: for each field that differs from "
        "itself as often as from the other variant's, the mildest rule of `compare` that covers "
        "what was seen, with the reason. Nothing is changed.",
    )
    parser.add_argument("service", metavar="SERVICE", help="the service's name")
    parser.add_argument("--phase", metavar="PHASE", help="of this phase (default: the newest)")
    parser.add_argument("--since", metavar="WHEN", help="for so long (15m, 2h, 1d), or since then")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_access_options(parser)
    parser.set_defaults(run=run_suggest, kind="answer", field=None, change=None)


def run_suggest(arguments: argparse.Namespace) -> int:
    """Ask, and print what may be put into a file."""
    seen = _asked(AdminClient(access_of(arguments)), arguments, 1, None)
    lines = "\n".join(map(printable, seen["suggested"].splitlines()))
    if arguments.json:
        show(json.dumps({"service": seen["service"], "suggested": seen["suggested"]}, indent=2))
    else:
        show(lines or f"# {printable(seen['service'])}: no field is noise, by what is known now")
    return Exit.DONE


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    access = access_of(arguments)
    if arguments.pair is not None:
        return _one(access, arguments)
    if arguments.curl:
        raise UsageError("--curl goes with a PAIR")
    if arguments.export is not None:
        return _exported(access, arguments)
    seen = _asked(AdminClient(access), arguments, arguments.limit, None)
    if arguments.json:
        show(json.dumps(seen, indent=2))
    else:
        show(answers_page(seen) if seen["kind"] == "answer" else metrics_page(seen))
        _note_nothing(seen, arguments)
    return Exit.DONE


def _note_nothing(seen: Mapping[str, Any], arguments: argparse.Namespace) -> None:
    """Say that nothing differs as it was asked for: figures of all fields stand above it."""
    field, change = arguments.field, arguments.change
    if seen["kind"] != "answer" or seen["fields"] or (field is None and change is None):
        return
    where = "" if field is None else f" in {printable(field)}"
    how = "" if change is None else f" by {printable(change)}"
    but = "" if seen["decision"] is None else "; what `compare.decision` names is called decision"
    sys.stderr.write(f"no compared pair differs{where}{how}{but}\n")


def _asked(
    client: AdminClient, arguments: argparse.Namespace, limit: int, page: str | None
) -> Mapping[str, Any]:
    wanted = {
        "kind": arguments.kind,
        "field": arguments.field,
        "change": arguments.change,
        "phase": arguments.phase,
        "since": arguments.since,
        "limit": limit,
        "page": page,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    query = urlencode(given, errors="surrogateescape")
    path = f"{path_of(arguments.service, 'divergences')}?{query}"
    data: Mapping[str, Any] = client.call("GET", path, is_divergences).data
    return data


# One pair...


def _one(access: Access, arguments: argparse.Namespace) -> int:
    path = f"/divergences/{quote(arguments.pair, safe='', errors='surrogateescape')}"
    pair: Mapping[str, Any] = AdminClient(access).call("GET", path, is_pair).data
    if pair["service"] != arguments.service:
        raise UsageError(f"{arguments.pair} is a pair of {printable(pair['service'])}")
    if arguments.json:
        show(json.dumps(pair, indent=2))
    elif arguments.curl:
        show(_curl(pair, arguments.to))
    else:
        _side_by_side(pair)
        if pair["withheld"] is not None:
            sys.stderr.write(f"{printable(pair['withheld'])}\n")
    return Exit.DONE


def _curl(pair: Mapping[str, Any], url: str) -> str:
    if pair["contents"] is None:
        why = pair["withheld"] or "its request was not recorded"
        raise AdminRefusedError(f"It cannot be asked again: {printable(why)}", dict(pair))
    return curl(pair["contents"]["request"], url)


def _side_by_side(pair: Mapping[str, Any]) -> None:
    """Show it in colour where there is a terminal; rich is loaded for that alone."""
    if not sys.stdout.isatty():
        from router.cli.pair_text import pair_text

        show(pair_text(pair))
        return
    from rich.console import Console

    from router.cli.pair_screen import print_pair

    print_pair(pair, Console())


# A file...


def _exported(access: Access, arguments: argparse.Namespace) -> int:
    if arguments.kind != "answer" or arguments.json:
        raise UsageError("--export writes samples of answers, as JSON lines")
    client = AdminClient(access)
    count = 0
    try:
        with arguments.export.open("x", encoding="utf-8") as file:
            arguments.export.chmod(0o600)
            for pair in _pairs(client, arguments):
                file.write(json.dumps(pair) + "\n")
                count += 1
    except OSError as error:
        raise AdminError(f"{arguments.export}: {error.strerror or error}") from error
    show(f"{count} pair{'s'[: count != 1]} in {arguments.export}")
    return Exit.DONE


def _pairs(client: AdminClient, arguments: argparse.Namespace) -> Iterator[Mapping[str, Any]]:
    page: str | None = None
    while True:
        seen = _asked(client, arguments, PAGE, page)
        for sample in seen["samples"]:
            path = f"/divergences/{quote(sample['id'], safe='')}"
            if (pair := _perhaps(client, path)) is not None:
                yield pair
        if seen["next"] is None or seen["next"] == page:
            return
        page = seen["next"]


def _perhaps(client: AdminClient, path: str) -> Mapping[str, Any] | None:
    """Return a pair; None where it has ended, or was forgotten, since it was listed."""
    try:
        pair: Mapping[str, Any] = client.call("GET", path, is_pair).data
    except AdminRefusedError as error:
        if error.problem.get("status") == HTTPStatus.NOT_FOUND:
            return None
        raise
    return pair


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or int(text) > PAGE:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of samples: 1 to {PAGE}")
    return int(text)
