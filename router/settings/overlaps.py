"""Which requests do two services both claim, and does the order of specificity part them?

The order itself lives in `router.routing.match`; here are the cases in which it has nothing to say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from router.settings.addresses import read_host
from router.settings.document import Document
from router.settings.problems import NotAllowedError, Path
from router.settings.words import read_header_name, read_header_value, read_method, read_path

_PREFIX = "/*"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one service asks for. An empty set of methods or headers accepts all."""

    path: Path
    hosts: frozenset[str]
    paths: frozenset[str]
    methods: frozenset[str]
    headers: frozenset[tuple[str, str]]

    @property
    def regexes(self) -> list[str]:
        return sorted(path for path in self.paths if path.startswith("regex:"))

    @property
    def prefixes(self) -> list[str]:
        return sorted(path for path in self.paths if path.endswith(_PREFIX))


def claims(document: Document) -> list[Claim]:
    """Return the claims of all services whose `match` can be read."""
    services = document.items("services")
    found = (_claim(document, path) for path, service in services if isinstance(service, dict))
    return [claim for claim in found if claim is not None]


def are_ambiguous(one: Claim, other: Claim) -> bool:
    """Say whether some request fits both, and nothing makes either more specific."""
    return _share_place(one, other) and _share_methods(one, other) and one.headers == other.headers


def depend_on_order(one: Claim, other: Claim) -> bool:
    """Say whether some request may fit both, and only their order in the file decides."""
    if not _share_methods(one, other) or not one.hosts & other.hosts:
        return False
    if one.headers != other.headers and not _headers_can_meet(one, other):
        return False
    return bool(one.regexes and other.regexes) or (
        _share_place(one, other) and one.headers != other.headers
    )


def hides(one: Claim, other: Claim) -> bool:
    """Say whether a regex of ``one`` catches all that a prefix of ``other`` was meant for."""
    if not one.hosts & other.hosts or one.methods or one.headers:
        return False
    pairs = product(one.regexes, other.prefixes)
    return any(_takes_all(expression, prefix) for expression, prefix in pairs)


def _takes_all(expression: str, prefix: str) -> bool:
    # Two probes, not a proof: enough for `.*` and its like, and this is advice.
    compiled = re.compile(expression.removeprefix("regex:"))
    below = prefix.removesuffix("*")
    return all(compiled.fullmatch(probe) for probe in (below, f"{below}any/path"))


def _share_place(one: Claim, other: Claim) -> bool:
    return bool(one.hosts & other.hosts) and bool(one.paths & other.paths)


def _share_methods(one: Claim, other: Claim) -> bool:
    if one.methods and other.methods:
        return bool(one.methods & other.methods)
    return not one.methods and not other.methods


def _headers_can_meet(one: Claim, other: Claim) -> bool:
    values = dict(one.headers)
    agree = all(values.get(name, value) == value for name, value in other.headers)
    return agree and len(one.headers) == len(other.headers)


def _claim(document: Document, service: Path) -> Claim | None:
    path = (*service, "match")
    try:
        headers = frozenset(
            (read_header_name(name), read_header_value(value))
            for name, value in document.mapping(*path, "headers").items()
        )
        return Claim(
            path,
            # What names no host or no path claims them all.
            _read_all(document, path, "hosts", read_host) or frozenset({""}),
            _read_all(document, path, "paths", read_path) or frozenset({_PREFIX}),
            _read_all(document, path, "methods", read_method),
            headers,
        )
    except NotAllowedError:
        return None


def _read_all(
    document: Document, path: Path, key: str, read: Callable[[object], str]
) -> frozenset[str]:
    return frozenset(read(value) for _, value in document.items(*path, key))
