"""`check` names every mistake of a config; `schema` prints what an editor needs to prevent them."""

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.cli.exit_codes import Exit
from router.cli.output import show
from router.cli.subcommands import Subparsers

if TYPE_CHECKING:
    from router.routing.snapshot import Endpoint
    from router.settings.load import Examination
    from router.settings.problems import Problem
    from router.settings.schema_service import ServiceSettings, SplitSettings


def register(subparsers: Subparsers) -> None:
    """Describe both commands."""
    check = subparsers.add_parser(
        "check",
        help="name every mistake of a config file",
        description="Prints every mistake with line, path, what is allowed and what was probably "
        "meant, and ends with 2; or what it understood, with warnings, and ends with 0.",
    )
    check.add_argument(
        "-c", "--config", metavar="FILE", type=Path, required=True, help="the config file"
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=run_check)
    schema = subparsers.add_parser(
        "schema",
        help="print the config's JSON Schema",
        description="Prints a JSON Schema by which editors complete and check a config: its first "
        "line names it, `# yaml-language-server: $schema=schema.json`.",
    )
    schema.set_defaults(run=run_schema)


def run_check(arguments: argparse.Namespace) -> int:
    """Print what was understood, or everything that was not."""
    import orjson

    from router.settings.load import examine
    from router.settings.machine import this_machine

    now = time.time()  # noqa: TID251 - a command is where the clock comes in
    examination = examine(arguments.config, os.environ, this_machine(now))
    if arguments.json:
        show(orjson.dumps(_as_json(examination), option=orjson.OPT_INDENT_2).decode())
    else:
        show("\n".join(_as_text(examination)))
    return Exit.WRONG_USAGE if examination.problems else Exit.DONE


def run_schema(_arguments: argparse.Namespace) -> int:
    """Print the JSON Schema."""
    from router.settings.editor_schema import schema_file

    show(schema_file().rstrip("\n"))
    return Exit.DONE


def _as_text(examination: "Examination") -> list[str]:
    file = examination.file
    if examination.settings is None:
        sentences = [problem.sentence(file) for problem in examination.problems]
        return [*sentences, _counted(len(sentences), "problem")]
    warnings = [warning.sentence(file) for warning in examination.warnings]
    counted = [_counted(len(warnings), "warning")] if warnings else []
    return [*_summary(examination), *warnings, *counted]


def _summary(examination: "Examination") -> list[str]:
    settings = examination.settings
    if settings is None:
        return []
    listening = ", ".join(address.authority for address in settings.proxy.listen)
    spoken = f"{listening}, TLS" if settings.proxy.tls else listening
    return [
        f"{examination.file} is fine",
        f"  clients at {spoken}; admin API at {settings.admin.listen.authority}",
        f"  workers {settings.proxy.workers}; state in {settings.state_dir}",
        *(line for service in settings.services for line in _service_lines(service)),
    ]


def _service_lines(service: "ServiceSettings") -> list[str]:
    legacy = ", ".join(_endpoint(endpoint) for endpoint in service.legacy.endpoints)
    ai = ", ".join(_endpoint(endpoint) for endpoint in service.ai.endpoints)
    stages = ", ".join(f"{stage.percent / 100:g}" for stage in service.release.stages)
    return [
        f"  service {service.name}: {_matched(service)}",
        f"    legacy {legacy}; ai {ai}",
        f"    stages {stages} %; {_divided(service.split)}",
        *_copied(service),
    ]


def _copied(service: "ServiceSettings") -> list[str]:
    shadow = service.shadow
    if shadow is None:
        return []
    where = {"to_ai": "ai", "to_legacy": "legacy", "both": "ai and legacy"}[shadow.send]
    of_what = f"{shadow.sample / 100:g} % of {', '.join(shadow.methods)}"
    return [f"    copies {of_what} to {where}; keeps {service.compare.record} of what differs"]


def _endpoint(endpoint: "Endpoint") -> str:
    return f"https://{endpoint.authority}" if endpoint.is_tls else endpoint.authority


def _matched(service: "ServiceSettings") -> str:
    match = service.match
    parts = [" or ".join(part) for part in (match.methods, match.hosts, match.paths)]
    if match.headers:
        parts.append(f"a certain {' and '.join(match.headers)}")  # a value may be a secret
    return ", ".join(part for part in parts if part) or "all requests"


def _divided(split: "SplitSettings") -> str:
    places = [f"{place.kind}:{place.name}" if place.name else place.kind for place in split.key]
    if split.cookie is not None:
        places.append(f"the router's own cookie {split.cookie.name}")
    return f"sticky by {', else '.join(places)}" if places else "divided by chance"


def _as_json(examination: "Examination") -> dict[str, Any]:
    from router.settings.fingerprint import config_hash

    settings = examination.settings
    return {
        "file": examination.file,
        "ok": settings is not None,
        "config_hash": config_hash(settings) if settings else None,
        "services": [service.name for service in settings.services] if settings else [],
        "problems": [_problem_as_json(problem) for problem in examination.problems],
        "warnings": [_problem_as_json(warning) for warning in examination.warnings],
    }


def _problem_as_json(problem: "Problem") -> dict[str, Any]:
    return {
        "line": problem.line,
        "path": problem.path,
        "message": problem.statement,
        "seen": problem.seen,
        "allowed": problem.allowed,
        "suggestion": problem.suggestion,
    }


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
