"""What is said in several pieces, as a model says an address in five events.

No one of them looks like one. So texts at the same place of an array's elements are one text here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from router.compare.detectors import DEEPEST, Detectors, Span, hidden
from router.places.pointer import Json

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    index: int
    place: Place
    text: str


def hide_across(elements: list[Json], detectors: Detectors) -> Json:
    """Hide in all elements what only their texts together show."""
    changed: dict[tuple[int, Place], str] = {}
    for pieces in _pieces(elements).values():
        changed.update(_hidden(pieces, detectors))
    if not changed:
        return elements[:]

    def rewriter(index: int) -> Callable[[Place, str], str]:
        return lambda place, text: changed.get((index, place), text)

    return [_rewritten(each, (), rewriter(index)) for index, each in enumerate(elements)]


def _pieces(elements: list[Json]) -> dict[Place, list[_Piece]]:
    found: dict[Place, list[_Piece]] = {}
    for index, element in enumerate(elements):
        for place, text in _texts(element, ()):
            found.setdefault(place, []).append(_Piece(index, place, text))
    return found


def _hidden(pieces: list[_Piece], detectors: Detectors) -> Iterator[tuple[tuple[int, Place], str]]:
    """Yield the pieces of a text in which something was found, without it."""
    spans = detectors.find("".join(piece.text for piece in pieces))
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        within = [_cut(span, start, end) for span in spans if start < span.end and span.start < end]
        if within:
            yield (piece.index, piece.place), hidden(piece.text, within)
        start = end


def _cut(span: Span, start: int, end: int) -> Span:
    """Return the part of a span that lies in the piece from ``start`` to ``end``."""
    return Span(max(span.start, start) - start, min(span.end, end) - start, span.what)


def _texts(value: Json, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif len(place) < DEEPEST:
        for key, each in _items(value):
            yield from _texts(each, (*place, key))


def _items(value: Json) -> Iterator[tuple[str | int, Json]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _rewritten(value: Json, place: Place, rewrite: Callable[[Place, str], str]) -> Json:
    match value:
        case str():
            return rewrite(place, value)
        case dict():
            return {key: _rewritten(each, (*place, key), rewrite) for key, each in value.items()}
        case list():
            return [_rewritten(each, (*place, at), rewrite) for at, each in enumerate(value)]
        case _:
            return value
