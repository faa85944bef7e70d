"""What of a message may be shown: everything that people, pointers and detectors hide is replaced.

Rules of residence:
1. What is not understood is not kept: only documents and texts come here, never bytes.
2. A key is as telling as a value, and so is a text inside of a text.
3. JSON stays JSON.
4. Of header fields only those are kept that say how a message is to be read: nobody has a list of
   all that hold a secret.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from router.compare.across import hide_across
from router.compare.credentials import is_secret_parameter, names_a_secret
from router.compare.detectors import DEEPEST, Detectors, hidden
from router.compare.pointers import name
from router.places.percent import decode_form
from router.places.pointer import Json, Missing, pointer

MASKED: Final = "[masked]"

MOST_KEYS: Final = 4096
"""Keys that are remembered: most come again."""

Tokens = tuple[str, ...]

READABLE: Final = frozenset(
    (
        *("accept", "accept-charset", "accept-encoding", "accept-language", "age", "allow"),
        *("cache-control", "connection", "content-disposition", "content-encoding"),
        *("content-language", "content-length", "content-type", "date", "expires", "last-modified"),
        *("pragma", "retry-after", "server", "te", "trailer", "transfer-encoding", "vary"),
        *("x-gray-confidence", "x-gray-cost-usd", "x-gray-model", "x-gray-prompt-version"),
    )
)
"""Header fields that are shown with their values."""

_LONGEST_FIELD: Final = 256


class Redactor:
    """One service's rules of what is hidden.

    masks: JSON pointers, in which `*` stands for any key or index. headers: names of further fields
    that are shown.
    """

    __slots__ = ("_detectors", "_key", "_masks", "_readable")

    def __init__(
        self, masks: Sequence[str], detectors: Detectors, headers: Sequence[str] = ()
    ) -> None:
        """Compile the pointers, or raise ValueError."""
        self._masks: tuple[Tokens, ...] = tuple(pointer(mask) for mask in masks)
        self._detectors = detectors
        self._key = lru_cache(maxsize=MOST_KEYS)(detectors.hide)
        self._readable = READABLE | {each.lower() for each in headers if not names_a_secret(each)}

    # Documents...

    def document(self, value: Json) -> Json:
        """Return a document with all that is to be hidden replaced."""
        if () in self._masks:
            return _masked(value)
        shown = self._seen(value, self._masks, 0)
        return hide_across(shown, self._detectors) if isinstance(shown, list) else shown

    def part(self, place: Sequence[str], value: Json | Missing) -> Json | Missing:
        """Return what stood at a place of a document, as far as it can be shown by itself."""
        masks = self._masks
        is_masked = () in masks
        for token in place:
            masks = _below(masks, token)
            is_masked = is_masked or () in masks or self._is_secret(token)
        if isinstance(value, Missing):
            return value
        return _masked(value) if is_masked else self._seen(value, masks, len(place))

    def text(self, text: str) -> str:
        """Return a text, in which there may be JSON."""
        return self._text(text, 0)

    def _seen(self, value: Json, masks: tuple[Tokens, ...], depth: int) -> Json:
        match value:
            case str():
                return self._text(value, depth)
            case dict():
                return self._object(value, masks, depth) if depth < DEEPEST else MASKED
            case list():
                return self._array(value, masks, depth) if depth < DEEPEST else MASKED
            case bool() | None:
                return value
            case int() | float():
                spans = self._detectors.find(repr(value))
                return hidden(repr(value), spans) if spans else value

    def _object(self, value: dict[str, Json], masks: tuple[Tokens, ...], depth: int) -> Json:
        shown: dict[str, Json] = {}
        for key, each in value.items():
            unused = _unused(self._key(key), shown)
            shown[unused] = self._member(key, each, _below(masks, key), depth)
        return shown

    def _member(self, key: str, value: Json, masks: tuple[Tokens, ...], depth: int) -> Json:
        if () in masks:
            return _masked(value)
        if self._is_secret(key) and not isinstance(value, bool):
            return _masked(value)
        return self._seen(value, masks, depth + 1)

    def _is_secret(self, key: str) -> bool:
        return self._detectors.know_credentials and names_a_secret(key)

    def _array(self, value: list[Json], masks: tuple[Tokens, ...], depth: int) -> Json:
        return [
            self._member("", each, _below(masks, str(index)), depth)
            for index, each in enumerate(value)
        ]

    def _text(self, text: str, depth: int) -> str:
        if text[:1] in ("{", "[") and depth < DEEPEST:
            return self._json_text(text, depth)
        return self._detectors.hide(text)

    def _json_text(self, text: str, depth: int) -> str:
        """As the arguments of a tool call are."""
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return self._detectors.hide(text)
        shown = self._seen(value, (), depth + 1)
        return text if shown == value else msgspec.json.encode(shown).decode()

    # Heads...

    def fields(self, fields: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
        """Return header fields, most of them without their values."""
        return tuple(
            (self._detectors.hide(_latin(field)), self.field(_latin(field), _latin(value)))
            for field, value in fields
        )

    def field(self, field: str, value: str) -> str:
        """Return the value of a header field; ``field``: its name, in small letters."""
        if field not in self._readable:
            return MASKED
        return shortened_text(self._detectors.hide(value), _LONGEST_FIELD)

    def target(self, target: bytes) -> str:
        """Return a request's target; names in its query stay, as far as they are names."""
        path, mark, query = target.partition(b"?")
        shown = "/".join(self._segment(each) for each in path.split(b"/"))
        if not mark:
            return shown
        return f"{shown}?{'&'.join(self._parameter(each) for each in query.split(b'&'))}"

    def route(self, target: bytes) -> str:
        """Return a request's path, with whatever in it looks like data as `*`."""
        path = target.partition(b"?")[0]
        return "/".join(name(_decoded(each)) if each else "" for each in path.split(b"/"))

    def _segment(self, raw: bytes) -> str:
        decoded = _decoded(raw)
        shown = self._detectors.hide(decoded)
        return _latin(raw) if shown == decoded else shown

    def _parameter(self, raw: bytes) -> str:
        key, mark, value = raw.partition(b"=")
        shown = self._segment(key)
        if not mark:
            return shown
        is_secret = self._detectors.know_credentials and is_secret_parameter(_decoded(key))
        return f"{shown}={MASKED if is_secret else self._segment(value)}"


def shortened(value: Json, longest: int) -> Json:
    """Return a value that takes no more than so many characters; what is longer, as a cut text."""
    if isinstance(value, str):
        return shortened_text(value, longest)
    if not isinstance(value, list | dict):
        return value
    text = msgspec.json.encode(value).decode()
    return value if len(text) <= longest else shortened_text(text, longest)


def shortened_text(text: str, longest: int) -> str:
    """Cut a text; it must have been hidden before, since half a secret looks like none."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _below(masks: tuple[Tokens, ...], token: str) -> tuple[Tokens, ...]:
    return tuple(mask[1:] for mask in masks if mask and mask[0] in ("*", token))


def _unused(key: str, taken: dict[str, Json]) -> str:
    if key not in taken:
        return key
    number = 2
    while (numbered := f"{key} {number}") in taken:
        number += 1
    return numbered


def _latin(raw: bytes) -> str:
    return raw.decode("latin-1")


def _decoded(raw: bytes) -> str:
    return decode_form(raw).decode("utf-8", "replace")


def _masked(value: Json) -> Json:
    """That there is nothing is no secret."""
    return None if value is None else MASKED
