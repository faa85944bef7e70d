"""What in a text looks like it should not be kept: numbers of cards, addresses, credentials.

Best effort, and said so wherever people read of it: what these do not know they do not find. They
prefer to hide too much. Every search is bounded, for a text may be made to be slow.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from router.compare.credentials import find_credentials

DEEPEST: Final = 100
"""Levels of a document in which anything is looked for; what lies deeper is not kept."""

SHORTEST: Final = 5
"""Characters of the shortest thing that is looked for: `a@b.c`."""

Find = Callable[[str], Iterator[tuple[int, int]]]
"""Yields where something begins and ends."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, and what it seems to be."""

    start: int
    end: int
    what: str


class Detectors:
    """Those that are switched on, by the names that `records.detectors` has for them."""

    __slots__ = ("_chosen", "know_credentials")

    def __init__(self, names: Collection[str]) -> None:
        self._chosen = tuple((name, find) for name, find in _DETECTORS.items() if name in names)
        self.know_credentials: Final = BEARER in names
        """Whether credentials are looked for, so that names count as well."""

    def find(self, text: str) -> Sequence[Span]:
        """Return what was found, in order, none of it twice."""
        if len(text) < SHORTEST:
            return ()
        found = [Span(*at, name) for name, find in self._chosen for at in find(text)]
        if not found:
            return ()
        found.sort(key=lambda span: (span.start, -span.end))
        apart: list[Span] = []
        for span in found:
            if not apart or span.start >= apart[-1].end:
                apart.append(span)
            elif span.end > apart[-1].end:
                apart[-1] = Span(apart[-1].start, span.end, apart[-1].what)
        return apart

    def hide(self, text: str) -> str:
        """Return the text with what was found replaced by what it seems to be."""
        return hidden(text, self.find(text))


def hidden(text: str, spans: Sequence[Span]) -> str:
    """Replace these pieces of a text."""
    if not spans:
        return text
    pieces = [text[: spans[0].start], f"[{spans[0].what}]"]
    for before, span in pairwise(spans):
        pieces += (text[before.end : span.start], f"[{span.what}]")
    return "".join((*pieces, text[spans[-1].end :]))


# Cards...

# A card's number has 13 to 19 digits and begins with 2 to 6; times in milliseconds begin with 1.
_DIGITS: Final = re.compile(r"(?<!\d)[2-6](?:[ \-._+\u00a0]?\d){12,18}(?!\d)")


_SHORTEST_CARD: Final = 13


def _cards(text: str) -> Iterator[tuple[int, int]]:
    if len(text) < _SHORTEST_CARD:
        return
    for found in _DIGITS.finditer(text):
        if _adds_up([int(each) for each in found[0] if each.isdecimal()]):
            yield found.span()


def _adds_up(digits: Sequence[int]) -> bool:
    """The check digit of ISO/IEC 7812 (Luhn)."""
    doubled = sum(sum(divmod(2 * each, 10)) for each in digits[-2::-2])
    return (sum(digits[-1::-2]) + doubled) % 10 == 0


# Addresses...

_AT: Final = re.compile("@|\uff20|%40")
_LONGEST_LOCAL: Final = 64
_LOCAL: Final = re.compile(r"[^\s@\"'<>()\[\]{},;:\\|=&?#/]{1,64}\Z")
_DOMAIN: Final = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" not in text and "\uff20" not in text and "%40" not in text:
        return
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end())
        if domain is None:
            continue
        start = at.start()
        local = _LOCAL.search(text, max(0, start - _LONGEST_LOCAL), start)
        if local is not None:
            yield local.start(), domain.end()


BEARER: Final = "bearer"
_DETECTORS: Final[dict[str, Find]] = {"card": _cards, "email": _emails, BEARER: find_credentials}
