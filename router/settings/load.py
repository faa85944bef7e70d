"""From a file to `Settings`, or to everything that is wrong with it, at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from router.errors import SettingsError
from router.settings.advice import advice
from router.settings.conflicts import conflicts
from router.settings.document import Document, TooManyValuesError, document_of
from router.settings.machine import Machine
from router.settings.named_files import too_heavy
from router.settings.problems import Problem
from router.settings.refusals import problems_of
from router.settings.schema import Settings
from router.settings.yaml_tree import YamlRefusedError, read_tree


@dataclass(frozen=True, slots=True)
class Examination:
    """What became of a config file. `settings` is there exactly if there are no problems."""

    file: str
    settings: Settings | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings, or raise `SettingsError` with all problems in the file's order."""
    return accepted(examine(path, environ))


def accepted(examination: Examination) -> Settings:
    """Return the settings of a file without problems; raise `SettingsError` with all of them."""
    if examination.settings is None:
        raise SettingsError(
            tuple(problem.sentence(examination.file) for problem in examination.problems)
        )
    return examination.settings


def examine(path: Path, environ: Mapping[str, str], machine: Machine | None = None) -> Examination:
    """Read a file and judge all of it; for a ``machine``, also whether it is fit for it."""
    file = os.fsencode(path).decode("utf-8", "replace")
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Examination(file, None, (Problem(0, "", f"cannot be read: {reason}"),))
    return examine_text(content, environ, file, path.parent.absolute(), machine)


def examine_text(
    content: bytes,
    environ: Mapping[str, str],
    file: str,
    folder: Path | None = None,
    machine: Machine | None = None,
) -> Examination:
    """Judge the content of a file; ``file`` is only its name in messages.

    Relative paths in it start at ``folder``. Without one they stay relative, and no file that the
    config names is looked at.
    """
    try:
        root = read_tree(content)
        if root is None:
            return Examination(file, None, (_no_mapping("is empty"),))
        document = document_of(root, environ)
    except YamlRefusedError as error:
        return Examination(file, None, (Problem(error.line, "", error.reason),))
    except TooManyValuesError:
        reason = "its aliases multiply into more values than any config needs"
        return Examination(file, None, (Problem(0, "", reason),))
    if not isinstance(document.data, dict):
        return Examination(file, None, (_no_mapping("is no mapping"),))
    return _judged(document, file, folder, machine)


def _judged(
    document: Document, file: str, folder: Path | None, machine: Machine | None
) -> Examination:
    settings, problems = _validated(document, folder)
    found = {*document.problems, *problems, *conflicts(document)}
    if settings is not None:
        found.update(too_heavy(settings, document))
    if settings is None or found:
        return Examination(file, None, tuple(sorted(found, key=_in_the_file)))
    warnings = sorted(advice(settings, document, machine), key=_in_the_file)
    return Examination(file, settings, (), tuple(warnings))


def _validated(document: Document, folder: Path | None) -> tuple[Settings | None, list[Problem]]:
    try:
        return Settings.model_validate(document.data, context=folder), []
    except ValidationError as error:
        return None, problems_of(error, document)


def _in_the_file(problem: Problem) -> tuple[int, str, str]:
    return problem.line, problem.path, problem.text


def _no_mapping(text: str) -> Problem:
    return Problem(1, "", text, allowed="a mapping with the key services at least")
