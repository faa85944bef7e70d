"""Which service does a request belong to? The most specific, as the Gateway API orders routes.

Rule 1: the order lives in this file: an exact host, then the longest wildcard, then any host;
within it an exact path, then a regular expression, then the longest prefix; then a service that
names methods; then the one that names more header fields; then the first in the file.
Rule 2: a service that fits a host but not the path does not hide a less specific one that fits
both.
Rule 3: dictionaries answer for hosts, paths and prefixes, so that a hundred services cost what one
does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from router.places.path import normalised, path_of
from router.places.percent import encode_foreign
from router.places.request import RequestView
from router.routing.snapshot import Match

_REGEX: Final = "regex:"
_PREFIX: Final = "/*"
_WILDCARD: Final = "*."
_EVERYWHERE: Final = Match()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A service that fits host and path, and what else it asks for."""

    index: int
    methods: frozenset[bytes]
    headers: frozenset[tuple[bytes, bytes]]

    def accepts(self, head: RequestView) -> bool:
        if self.methods and head.method not in self.methods:
            return False
        # A field may be repeated: one of its values must be the demanded one.
        return not self.headers or self.headers.issubset(head.fields)


_Candidates = tuple[_Candidate, ...]


class _Paths:
    """The services of one host pattern, by path."""

    __slots__ = ("exact", "longest", "prefixes", "regexes")

    def __init__(self, claims: Iterable[tuple[str, _Candidate]]) -> None:
        exact: dict[bytes, list[_Candidate]] = {}
        prefixes: dict[bytes, list[_Candidate]] = {}
        regexes: list[tuple[_Candidate, re.Pattern[str]]] = []
        for pattern, candidate in claims:
            if pattern.startswith(_REGEX):
                regexes.append((candidate, re.compile(pattern.removeprefix(_REGEX))))
            elif pattern.endswith(_PREFIX):
                prefix = _written_as_matched(pattern.removesuffix("*")).rstrip(b"/")
                prefixes.setdefault(prefix, []).append(candidate)
            else:
                exact.setdefault(_written_as_matched(pattern), []).append(candidate)
        self.exact = {path: _ordered(found) for path, found in exact.items()}
        self.prefixes = {path: _ordered(found) for path, found in prefixes.items()}
        self.longest = max(map(len, prefixes), default=0)
        self.regexes = tuple(sorted(regexes, key=lambda regex: _rank(regex[0])))

    def find(self, path: bytes, head: RequestView) -> int | None:
        for candidate in self.exact.get(path, ()):
            if candidate.accepts(head):
                return candidate.index
        if self.regexes:
            # As text, since that is how `check` tried it: bytes know no `\u00e9` and no `(?u)`.
            text = path.decode("latin-1")
            for candidate, regex in self.regexes:
                if regex.fullmatch(text) and candidate.accepts(head):
                    return candidate.index
        return self._by_prefix(path, head)

    def _by_prefix(self, path: bytes, head: RequestView) -> int | None:
        """Ask for `/a/b`, then `/a`, then the empty prefix: borders are where slashes are.

        What is longer than every prefix is skipped at once.
        """
        end = len(path)
        if end > self.longest:
            end = path.rfind(b"/", 0, self.longest + 1)
        while end >= 0:
            for candidate in self.prefixes.get(path[:end], ()):
                if candidate.accepts(head):
                    return candidate.index
            end = path.rfind(b"/", 0, end)
        return None


class Wanting(Protocol):
    """What wants requests: a service, or what copies some of its requests."""

    @property
    def match(self) -> Match: ...


class RouteTable:
    """All services, ready to be asked."""

    __slots__ = ("_any", "_exact", "_only", "_wildcards")

    def __init__(self, services: Sequence[Wanting]) -> None:
        alone = len(services) == 1 and services[0].match == _EVERYWHERE
        self._only = 0 if alone else None
        claims: dict[str, list[tuple[str, _Candidate]]] = {}
        for index, service in enumerate(services):
            candidate = _candidate(index, service.match)
            for host in service.match.hosts or ("",):
                claims.setdefault(_host(host), []).extend(
                    (path, candidate) for path in service.match.paths or (_PREFIX,)
                )
        tables = {host: _Paths(claimed) for host, claimed in claims.items()}
        self._any = tables.pop("", None)
        self._wildcards = {
            host.removeprefix("*").encode(): paths
            for host, paths in tables.items()
            if host.startswith(_WILDCARD)
        }
        self._exact = {
            host.encode(): paths for host, paths in tables.items() if not host.startswith(_WILDCARD)
        }

    def find(self, head: RequestView) -> int | None:
        """Return the index of the request's service; None where no service wants it."""
        if self._only is not None:
            return self._only
        path = path_of(head.target)
        if head.host and (self._exact or self._wildcards):
            # A name may end with the dot of the root; `example.com.` is the same host.
            found = self._by_host(head.host.removesuffix(b"."), path, head)
            if found is not None:
                return found
        return None if self._any is None else self._any.find(path, head)

    def _by_host(self, host: bytes, path: bytes, head: RequestView) -> int | None:
        paths = self._exact.get(host)
        found = None if paths is None else paths.find(path, head)
        dot = host.find(b".") if self._wildcards else -1
        while found is None and dot > 0:
            paths = self._wildcards.get(host[dot:])
            found = None if paths is None else paths.find(path, head)
            dot = host.find(b".", dot + 1)
        return found


def _candidate(index: int, match: Match) -> _Candidate:
    return _Candidate(
        index,
        frozenset(method.encode() for method in match.methods),
        frozenset((name.lower().encode(), value.encode()) for name, value in match.headers),
    )


def _rank(candidate: _Candidate) -> tuple[bool, int, int]:
    return not candidate.methods, -len(candidate.headers), candidate.index


def _ordered(candidates: list[_Candidate]) -> _Candidates:
    return tuple(sorted(candidates, key=_rank))


def _host(pattern: str) -> str:
    return pattern.lower().removesuffix(".")


def _written_as_matched(path: str) -> bytes:
    """Write a path of the config as requests' paths are compared: normalised, `é` as `%C3%A9`."""
    return normalised(encode_foreign(path))
