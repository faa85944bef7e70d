"""From pydantic's errors to our problems: the border at which its words end."""

from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from router.settings import later
from router.settings.catalog import key_path, keys, names_under
from router.settings.document import Document
from router.settings.foreign import meant_by
from router.settings.problems import (
    NotAllowedError,
    Path,
    Problem,
    closest,
    dotted,
    shown,
)

NOT_YET: Final = "not yet supported"


def problems_of(error: ValidationError, document: Document) -> list[Problem]:
    """Return everything that pydantic found, in our words."""
    details = error.errors(include_url=False, include_input=False)
    return [_problem(detail, document) for detail in details if not _is_echo(detail, document)]


def refused_value(refusal: NotAllowedError, path: Path, document: Document) -> Problem:
    """Say what a reader refused; a secret value and all that was derived from it stay unsaid."""
    line = document.line(path)
    is_secret = document.is_secret(path)
    seen = "a value that is not shown" if is_secret else shown(document.at(path))
    if refusal.fact:
        subject = "the file" if is_secret else seen
        return Problem(line, dotted(path), f"{subject} {refusal.fact}")
    if refusal.supported_later:
        return Problem(line, dotted(path), f"{seen} is {NOT_YET}", allowed=refusal.allowed)
    return Problem(
        line,
        dotted(path),
        seen=seen,
        allowed=refusal.allowed if is_secret else _with_detail(refusal),
        suggestion=None if is_secret else refusal.suggestion,
    )


def _with_detail(refusal: NotAllowedError) -> str:
    if not refusal.detail:
        return refusal.allowed
    if refusal.allowed.endswith(")"):
        return f"{refusal.allowed[:-1]}; {refusal.detail})"
    return f"{refusal.allowed} ({refusal.detail})"


def _is_echo(detail: ErrorDetails, document: Document) -> bool:
    """Pydantic calls a list too short when its items are wrong; those have said so themselves."""
    return detail["type"] == "too_short" and document.at(detail["loc"]) != []


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    full: Path = detail["loc"]
    kind = detail["type"]
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(full, document)
    if kind == "missing":
        return _missing_key(full, document)
    refusal = context.get("error")
    if not isinstance(refusal, NotAllowedError):
        refusal = NotAllowedError(allowed=_allowed(kind, document.known(full), detail["msg"]))
    if full[-1:] == ("[key]",):
        return _refused_key(full, refusal, document)
    if refusal.at:
        full = (*full, refusal.at)
    return refused_value(refusal, document.known(full), document)


def _refused_key(full: Path, refusal: NotAllowedError, document: Document) -> Problem:
    path = document.known(full[:-1])
    return Problem(
        document.line(path),
        dotted(path),
        seen=f"{str(path[-1])!r} as the key",
        allowed=_with_detail(refusal),
        suggestion=refusal.suggestion,
    )


def _missing_key(path: Path, document: Document) -> Problem:
    key = keys().get(key_path(path))
    words = key.words if key else None
    return Problem(document.line(path), dotted(path), "is missing", allowed=words)


def _unknown_key(path: Path, document: Document) -> Problem:
    name = str(path[-1])
    parent = key_path(path[:-1])
    line = document.line(path)
    if later.is_known(parent, name):
        return Problem(line, dotted(path), NOT_YET)
    siblings = names_under(parent)
    meant = meant_by(parent, name) or closest(name, siblings) or _elsewhere(name)
    to_come = None if meant else closest(name, later.KEYS.get(parent, ()))
    return Problem(
        line,
        dotted(path),
        f"unknown key ({to_come} is {NOT_YET})" if to_come else "unknown key",
        allowed=None if meant or to_come else ", ".join(siblings),
        suggestion=meant,
    )


def _elsewhere(name: str) -> str | None:
    """Find where in the schema a misplaced key belongs, unless it may stand in many places."""
    places = [key.path for key in keys().values() if key.name == name]
    return " or ".join(places) if len(places) in (1, 2, 3) else None


def _allowed(kind: str, path: Path, message: str) -> str:
    if kind == "too_short":
        return "at least one"
    key = keys().get(key_path(path))
    if key is not None:
        return key.words
    return "a mapping" if kind.startswith(("model", "dict", "mapping")) else message
