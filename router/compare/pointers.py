"""Which rules hold at a place of a document, and how a place is called.

The pointers of all rules are merged into one tree that is walked along with the documents: one look
into a dictionary for each step, however many rules there are. A token `*` is a branch of its own;
where it and an exact token both lead on, their merged place is made when it is first entered.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeVar

from router.compare.rules import CompareRules, Tolerance, ValueClass
from router.places.pointer import Pointer, pointer

Branches = Mapping[str, "Place"]
Path = tuple["Path", str | int] | None
"""A place as a walk knows it: the path of what holds it, and its key or index. None: the root."""

T = TypeVar("T")

_ANY: Final = "*"
NO_BRANCHES: Final[Branches] = {}

_LONGEST_NAME: Final = 64
_NAME: Final = re.compile(r"[@$]?[^\W\d][\w.:$/-]*")
# What looks like data inside of a name: five digits in a row; hexadecimal digits, as of a UUID or a
# hash; and a long run of letters with digits in several places, as of a random id.
_DATA: Final = re.compile(
    r"\d{5}"
    r"|(?<![A-Za-z0-9])(?=[a-f]*\d|[A-F]*\d)[0-9a-fA-F]{8,}(?![A-Za-z0-9])"
    r"|(?=[A-Za-z0-9]{16})[A-Za-z]*\d+[A-Za-z]+\d"
)


class Node:
    """One place in the tree of the pointers as they were written."""

    __slots__ = (
        "branches",
        "ignored",
        "kind",
        "match_by",
        "similarity",
        "tolerance",
        "unordered",
    )

    def __init__(self) -> None:
        self.branches: dict[str, Node] = {}
        self.ignored = False
        self.unordered = False
        self.kind: ValueClass | None = None
        self.tolerance: Tolerance | None = None
        self.match_by: Pointer | None = None
        self.similarity: float | None = None

    def at(self, text: str) -> "Node":
        node = self
        for token in pointer(text):
            node = node.branches.setdefault(token, Node())
        return node

    def approximate(self) -> bool:
        """Whether values at or below this place may be alike without being equal."""
        return (
            self.tolerance is not None
            or self.similarity is not None
            or any(branch.approximate() for branch in self.branches.values())
        )


class Place:
    """What the rules say of a place: all nodes that lead here, merged.

    Where two of them say something different, the more exact pointer counts: the one that has a key
    where the other has `*`, read from the left.
    """

    __slots__ = (
        "_branches",
        "_nodes",
        "approximate",
        "ignored",
        "kind",
        "match_by",
        "similarity",
        "tolerance",
        "unordered",
    )

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._branches: tuple[Branches, Place | None] | None = None
        self.ignored = any(node.ignored for node in nodes)
        self.unordered = any(node.unordered for node in nodes)
        self.kind = _first(node.kind for node in nodes)
        self.tolerance = _first(node.tolerance for node in nodes)
        self.match_by = _first(node.match_by for node in nodes)
        self.similarity = _first(node.similarity for node in nodes)
        self.approximate = any(node.approximate() for node in nodes)

    def branches(self) -> tuple[Branches, "Place | None"]:
        """Return the places below that some rule names, and the one of all other keys."""
        if self._branches is None:
            named = {token for node in self._nodes for token in node.branches} - {_ANY}
            below = {token: Place(list(self._followed(token))) for token in named}
            anywhere = list(self._followed(_ANY))
            self._branches = below, (Place(anywhere) if anywhere else None)
        return self._branches

    def element(self, index: int) -> "Place | None":
        """Return the place of an element of an array."""
        below, other = self.branches()
        return below.get(str(index), other) if below else other

    def _followed(self, token: str) -> Iterator[Node]:
        for node in self._nodes:
            if token in node.branches:
                yield node.branches[token]
            if token != _ANY and _ANY in node.branches:
                yield node.branches[_ANY]


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def places(rules: CompareRules) -> Place | None:
    """Compile the pointers of all rules, or raise ValueError; None where there are none."""
    root = Node()
    for text in rules.ignore:
        root.at(text).ignored = True
    for text in rules.unordered:
        root.at(text).unordered = True
    for text, kind in rules.classes:
        root.at(text).kind = kind
    for text, tolerance in rules.tolerance:
        root.at(text).tolerance = tolerance
    for text, similarity in rules.text:
        root.at(text).similarity = similarity
    for text, name in rules.match_by:
        root.at(text).match_by = pointer(name) if name.startswith("/") else Pointer((name,))
    place = Place([root])
    return place if _says_something(rules) else None


def _says_something(rules: CompareRules) -> bool:
    return any(
        (
            rules.ignore,
            rules.unordered,
            rules.classes,
            rules.tolerance,
            rules.text,
            rules.match_by,
        )
    )


def exact(path: Path) -> str:
    """Return the JSON pointer of a place."""
    return "".join(
        [f"/{token if isinstance(token, int) else _escaped(token)}" for token in _tokens(path)]
    )


def folded(path: Path) -> str:
    """Return the name of a field: indexes, and keys that look like data, are `*`."""
    return "".join([f"/{name(token)}" for token in _tokens(path)])


@lru_cache(maxsize=1024)
def name(token: str | int) -> str:
    """Return how a key or an index is called in the name of a field.

    Names of fields are kept, shown and exported where contents are not; a map from people to
    something has its contents in its keys.
    """
    if isinstance(token, int) or len(token) > _LONGEST_NAME:
        return _ANY
    if not _NAME.fullmatch(token) or _DATA.search(token):
        return _ANY
    return _escaped(token)


def _tokens(path: Path) -> list[str | int]:
    tokens: list[str | int] = []
    while path is not None:
        path, token = path
        tokens.append(token)
    tokens.reverse()
    return tokens


def _escaped(token: str) -> str:
    if token.isalnum():  # which most are, and which is seen at once
        return token
    return token.replace("~", "~0").replace("/", "~1")
