"""From bytes to a tree of YAML nodes that know their lines. The only file that knows ruamel.

The tree is built from parse events, not by a loader: nothing is constructed, no tag is obeyed, and
an alias is a second reference to one node, so a file of aliases on aliases costs nothing here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

LARGEST_FILE: Final = 1024 * 1024
"""Bytes; a config beyond that is a mistake in the file's name."""

DEEPEST: Final = 40
"""Levels of nesting; the full schema needs nine."""

FOREIGN_ERRORS: Final = (
    YAMLError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
r"""What ruamel was seen to let out for odd files, such as an OverflowError for `\U99999999`."""

_STRING_TAG: Final = "tag:yaml.org,2002:str"


class YamlRefusedError(Exception):
    """The file is no YAML that we read. `line` 0 means the file as a whole."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word or a text; `is_plain` means that it was written without quotes."""

    line: int
    text: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    line: int
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values as they were written: keys may come twice here."""

    line: int
    entries: "tuple[tuple[Scalar, Node], ...]"


Node: TypeAlias = Scalar | Sequence | Mapping


def read_tree(content: bytes) -> Node | None:
    """Return the root of the only document, None if the file holds nothing but comments."""
    text = _decoded(content)
    return _Builder(_events(text)).document()


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise YamlRefusedError(0, f"is larger than {LARGEST_FILE // 1024} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlRefusedError(line, "is not UTF-8 text; save the file as UTF-8") from None


@dataclass(frozen=True, slots=True)
class _Event:
    """A parse event of ruamel, as far as we read it. `kind` is its class's name."""

    kind: str
    line: int
    text: str
    is_plain: bool
    anchor: str
    tag: str


def _events(text: str) -> Iterator[_Event]:
    """Let ruamel parse, and translate whatever it raises: this is the border to it."""
    try:
        yield from _parsed(text)
    except ReaderError as error:
        line = _line_of_character(text, error)
        raise YamlRefusedError(line, "holds a control character that YAML forbids") from None
    except MarkedYAMLError as error:
        raise _refusal(error) from None
    except FOREIGN_ERRORS as error:
        raise YamlRefusedError(0, f"is no readable YAML ({type(error).__name__})") from None


def _parsed(text: str) -> Iterator[_Event]:
    yaml: Any = YAML(typ="safe", pure=True)  # ruamel's own annotations stop short of its events
    for event in yaml.parse(text):
        yield _Event(
            kind=type(event).__name__.removesuffix("Event"),
            line=_line(event.start_mark),
            text=str(getattr(event, "value", "")),
            is_plain=not getattr(event, "style", None),
            anchor=str(getattr(event, "anchor", None) or ""),
            tag=str(getattr(event, "ctag", None) or ""),
        )


def _line_of_character(text: str, error: Any) -> int:
    return text.count("\n", 0, int(error.position)) + 1


def _line(mark: Any) -> int:
    return 0 if mark is None else int(mark.line) + 1


def _refusal(error: Any) -> YamlRefusedError:
    """Say what the parser met, without the lines around it: they may hold secrets."""
    problem = re.sub(r"\s+", " ", str(error.problem or error.context or "cannot be parsed"))
    line = _line(error.problem_mark or error.context_mark)
    if "\\t" in problem:
        return YamlRefusedError(line, "a tab cannot indent in YAML; use spaces")
    return YamlRefusedError(line, f"is no valid YAML: {problem}")


class _Builder:
    """Turns a flat stream of events into nodes."""

    def __init__(self, events: Iterator[_Event]) -> None:
        self._events = events
        self._anchored: dict[str, Node] = {}

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if event.kind == "DocumentStart":
                documents += 1
                if documents > 1:
                    raise YamlRefusedError(event.line, "holds a second document")
            elif event.kind not in ("StreamStart", "StreamEnd", "DocumentEnd"):
                root = self._node(event, depth=1)
        return root

    def _node(self, event: _Event, depth: int) -> Node:
        if depth > DEEPEST:
            raise YamlRefusedError(event.line, f"is nested deeper than {DEEPEST} levels")
        if event.kind == "Alias":
            return self._aliased(event)
        if event.tag not in ("", "!", _STRING_TAG):
            raise YamlRefusedError(event.line, "YAML tags other than !!str are not read")
        node = self._made(event, depth)
        # Named only when complete: a node cannot contain itself.
        if event.anchor:
            self._anchored[event.anchor] = node
        return node

    def _made(self, event: _Event, depth: int) -> Node:
        if event.kind == "SequenceStart":
            return Sequence(event.line, tuple(self._items(depth)))
        if event.kind == "MappingStart":
            return Mapping(event.line, tuple(self._entries(depth)))
        return Scalar(event.line, event.text, event.is_plain and not event.tag)

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if event.kind == "SequenceEnd":
                return
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        for event in self._events:
            if event.kind == "MappingEnd":
                return
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise YamlRefusedError(key.line, "a key must be a word, not a list or a mapping")
            yield key, self._node(next(self._events), depth + 1)

    def _aliased(self, event: _Event) -> Node:
        if event.anchor not in self._anchored:
            reason = f"*{event.anchor} names no anchor that is complete above it"
            raise YamlRefusedError(event.line, reason)
        return self._anchored[event.anchor]
