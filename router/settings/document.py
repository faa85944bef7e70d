"""From a YAML tree to plain data in which every value knows its line and whether it may be told.

Variables of the environment are filled in here, after parsing: no value can add YAML of its own.
"""

import re
from collections.abc import Mapping as Environ
from dataclasses import dataclass, field
from typing import Final

from router.settings.problems import Data, Path, Problem, dotted, is_sensitive
from router.settings.yaml_tree import DEEPEST, Mapping, Node, Scalar, Sequence

MOST_VALUES: Final = 50_000
"""Values in a document once all aliases are written out."""

MOST_DIGITS: Final = 40
"""A longer number is read as text, and refused wherever a number belongs."""

_VARIABLE: Final = re.compile(
    r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|(?P<stray>\$\{)"
)
_NULL: Final = re.compile(r"~|null|Null|NULL|")
_TRUE: Final = re.compile(r"true|True|TRUE")
_FALSE: Final = re.compile(r"false|False|FALSE")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands, and whether it may not be repeated in a message."""

    line: int
    is_secret: bool


@dataclass(slots=True)
class Document:
    """A config file's values, their places, and what was wrong before any key had a meaning."""

    data: Data = None
    marks: dict[Path, Mark] = field(default_factory=dict[Path, Mark])
    problems: list[Problem] = field(default_factory=list[Problem])

    def known(self, path: Path) -> Path:
        """Return the longest beginning of ``path`` that the file really holds."""
        while path and path not in self.marks:
            path = path[:-1]
        return path

    def line(self, path: Path) -> int:
        """Return the line of the value, or of the nearest one around it."""
        return self.marks[self.known(path)].line

    def problem(
        self, path: Path, text: str, *, seen: str | None = None, allowed: str | None = None
    ) -> Problem:
        """Say what is wrong, or could be better, at ``path``."""
        return Problem(self.line(path), dotted(path), text, seen=seen, allowed=allowed)

    def is_secret(self, path: Path) -> bool:
        """Say whether the value at ``path`` may not be repeated in a message."""
        return self.marks[self.known(path)].is_secret or is_sensitive(path)

    def at(self, path: Path) -> Data:
        """Return the value at ``path``; None where there is nothing."""
        value = self.data
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def mapping(self, *path: str | int) -> dict[str, Data]:
        """Return the mapping at ``path``; an empty one where there is something else."""
        value = self.at(path)
        return value if isinstance(value, dict) else {}

    def items(self, *path: str | int) -> list[tuple[Path, Data]]:
        """Return the places and values of a list, or of the one value that stands for a list."""
        value = self.at(path)
        if isinstance(value, list):
            return [((*path, index), item) for index, item in enumerate(value)]
        return [] if value is None else [(path, value)]


class TooManyValuesError(Exception):
    """The document's aliases multiply into more than any config needs."""


def document_of(root: Node, environ: Environ[str, str]) -> Document:
    """Write out aliases and variables of ``root``; raise `TooManyValuesError` if they explode."""
    writer = _Writer(environ)
    writer.document.data = writer.write(root, (), root.line)
    return writer.document


class _Writer:
    def __init__(self, environ: Environ[str, str]) -> None:
        self.document = Document()
        self._environ = environ
        self._budget = MOST_VALUES

    def write(self, node: Node, path: Path, line: int) -> Data:
        self._budget -= 1
        if self._budget < 0 or len(path) > DEEPEST:
            raise TooManyValuesError
        if isinstance(node, Scalar):
            return self._scalar(node, path, line)
        self.document.marks[path] = Mark(line, is_secret=False)
        if isinstance(node, Sequence):
            return [
                self.write(item, (*path, index), item.line) for index, item in enumerate(node.items)
            ]
        return self._mapping(node, path)

    def _mapping(self, node: Mapping, path: Path) -> Data:
        written: dict[str, Data] = {}
        lines: dict[str, int] = {}
        for key, value in node.entries:
            if key.is_plain and key.text == "<<":
                continue
            if key.text in lines:
                self._complain(
                    key.line, (*path, key.text), f"key repeated from line {lines[key.text]}"
                )
                continue
            lines[key.text] = key.line
            self._check_text(key.text, key.line, path)
            written[key.text] = self.write(value, (*path, key.text), key.line)
        self._merge(node, path, written)
        return written

    def _merge(self, node: Mapping, path: Path, written: dict[str, Data]) -> None:
        """Add what `<<: *anchor` brings; keys written here win over it."""
        for key, value in node.entries:
            if not (key.is_plain and key.text == "<<"):
                continue
            for source in value.items if isinstance(value, Sequence) else (value,):
                if not isinstance(source, Mapping):
                    self._complain(key.line, path, "<< takes mappings only")
                    continue
                self._inherit(source, path, written)

    def _inherit(self, source: Mapping, path: Path, written: dict[str, Data]) -> None:
        for key, value in source.entries:
            if key.is_plain and key.text == "<<":
                self._complain(key.line, path, "a mapping that is merged by << cannot merge others")
            elif key.text not in written:
                written[key.text] = self.write(value, (*path, key.text), key.line)

    def _scalar(self, node: Scalar, path: Path, line: int) -> Data:
        text, is_secret = self._filled(node.text, path, line)
        self.document.marks[path] = Mark(line, is_secret)
        self._check_text(text, line, path)
        return resolved(text) if node.is_plain else text

    def _filled(self, text: str, path: Path, line: int) -> tuple[str, bool]:
        is_secret = False

        def value_of(found: re.Match[str]) -> str:
            nonlocal is_secret
            name = found["name"]
            if found["stray"]:
                self._complain(
                    line,
                    path,
                    "holds a ${ that begins no variable",
                    "${NAME}, ${NAME:-default}, or $${ for the characters themselves",
                )
                return ""
            if name is None:
                return "${"
            if name in self._environ:
                is_secret = True
                return self._environ[name]
            if found["default"] is None:
                self._complain(
                    line,
                    path,
                    f"the environment variable {name} is not set",
                    f"a set variable, or ${{{name}:-default}}",
                )
            return found["default"] or ""

        return _VARIABLE.sub(value_of, text), is_secret

    def _check_text(self, text: str, line: int, path: Path) -> None:
        if any("\ud800" <= character <= "\udfff" for character in text):
            self._complain(
                line, path, "holds half a character (a lone surrogate)", "text that UTF-8 can carry"
            )

    def _complain(self, line: int, path: Path, text: str, allowed: str | None = None) -> None:
        self.document.problems.append(Problem(line, dotted(path), text, allowed=allowed))


def resolved(text: str) -> Data:
    """Read an unquoted scalar by YAML 1.2's core schema: `on` and `yes` are words, `010` is ten."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return text[0] in "tT"
    if len(text) > MOST_DIGITS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
