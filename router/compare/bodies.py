"""What an answer's body says, whatever it was sent in.

JSON, lines of JSON, event streams and forms become one JSON value, texts a text; everything else is
known by its digest alone. A body that is not what it says it is, is compared as the text that it
is: broken JSON differs from JSON. Only what nobody could compare is an error.
"""

import enum
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from router.compare.charset import codec_of, text_of
from router.compare.encodings import UndecodableError, content_encodings, decoded
from router.compare.events import Event, documents_of, events_of
from router.compare.forms import form_of
from router.compare.json_text import NotJsonError, TooDeepError, json_or_text, loads
from router.compare.media import Media, Shape, media
from router.compare.ndjson import lines_of
from router.compare.openai import comparable
from router.compare.pair import Answer, Asked, Fields
from router.compare.rules import CompareRules, Profile
from router.model import Variant
from router.places.openai import assembled
from router.places.pointer import Json

UNDECODABLE: Final = "undecodable"
TOO_DEEP: Final = "too_deep"
TOO_LARGE: Final = "too_large"

DIGEST_BYTES: Final = 16
_UTF8: Final = frozenset({"utf-8", "ascii"})
_BOM: Final = b"\xef\xbb\xbf"
_OTHER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_OPENS: Final = (b"{", b"[")
_SPACE: Final = b" \t\r\n" + _BOM


class Kind(enum.StrEnum):
    """What is known of a body."""

    EMPTY = "empty"
    JSON = "json"  # its value, which is walked
    TEXT = "text"  # its text
    BYTES = "bytes"  # size and digest
    BEYOND = "beyond"  # size and digest, of what was sent: it was beyond what is captured


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read. is_encoded: what is known of it is known of an encoding of it."""

    kind: Kind
    value: Json = ""
    is_encoded: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a body cannot be compared: what a verdict's `error` says."""

    reason: str


_EMPTY: Final = Body(Kind.EMPTY)
_GENERIC: Final = CompareRules()


def read_body(answer: Answer, rules: CompareRules) -> Body | Unreadable:
    """Read what an answer says; it never raises, whatever a backend sent."""
    if answer.loss is not None:
        return Unreadable(answer.loss.value)
    try:
        return _read(answer, rules.profile)
    except UndecodableError:
        return Unreadable(UNDECODABLE)
    except TooDeepError:
        return Unreadable(TOO_DEEP)


def read_request(asked: Asked) -> Body | Unreadable:
    """Read what was asked: a request's body is read as an answer's is."""
    whole = Answer(Variant.LEGACY, 0, asked.fields, asked.body, asked.size)
    return read_body(whole, _GENERIC)


def _read(answer: Answer, profile: Profile) -> Body | Unreadable:
    if not answer.size:
        return _EMPTY
    content_type, encodings = _described(answer.fields)
    if not answer.body:
        return _beyond(answer, is_encoded=bool(encodings))
    body = decoded(answer.body, encodings) if encodings else answer.body
    if not body:
        return _EMPTY
    read = _by_shape(body, media(content_type), profile)
    if profile is Profile.OPENAI and read.kind is Kind.JSON:
        return Body(Kind.JSON, comparable(read.value))
    return read


def _beyond(answer: Answer, *, is_encoded: bool) -> Body | Unreadable:
    if not answer.digest:
        return Unreadable(TOO_LARGE)
    return Body(Kind.BEYOND, _known(answer.size, answer.digest), is_encoded)


def _described(fields: Fields) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the content type and the encodings."""
    content_type = b""
    encodings: list[bytes] = []
    for name, value in fields:
        if name == b"content-type":
            content_type = value
        elif name == b"content-encoding":
            encodings.append(value)
    return content_type, content_encodings(encodings) if encodings else ()


def _by_shape(body: bytes, kind: Media, profile: Profile) -> Body:
    match kind.shape:
        case Shape.JSON:
            return _json(body, kind)
        case Shape.FORM:
            return Body(Kind.JSON, form_of(body))
        case Shape.TEXT | Shape.LINES | Shape.EVENTS:
            return _text(body, kind, profile)
        case Shape.BYTES:
            return _opaque(body)
        case Shape.UNSAID:
            return _as_it_looks(body, kind)


def _as_it_looks(body: bytes, kind: Media) -> Body:
    if body.lstrip(_SPACE)[:1] in _OPENS:
        return _json(body, kind)
    return _opaque(body) if 0 in body and not kind.charset else _text(body, kind)


def _json(body: bytes, kind: Media) -> Body:
    try:
        return Body(Kind.JSON, loads(_as_utf8(body, kind.charset)))
    except NotJsonError:
        return _text(body, kind)


def _as_utf8(body: bytes, charset: str) -> str | bytes:
    """JSON is UTF-8 (RFC 8259, 8.1); what is not says so, by its charset or its first bytes."""
    if body.startswith(_BOM):
        return body[len(_BOM) :]
    is_utf8 = not charset or codec_of(charset) in _UTF8
    if is_utf8 and not body.startswith(_OTHER_MARKS):
        return body
    return text_of(body, charset) or body


def _text(body: bytes, kind: Media, profile: Profile = Profile.GENERIC) -> Body:
    text = text_of(body, kind.charset)
    if text is None:
        return _opaque(body)
    if kind.shape is Shape.LINES:
        return Body(Kind.JSON, lines_of(text))
    if kind.shape is Shape.EVENTS:
        return Body(Kind.JSON, _stream(events_of(text), profile))
    return Body(Kind.TEXT, text)


def _stream(events: list[Event], profile: Profile) -> Json:
    """Return a stream as its events, or as the one answer that a language model streamed."""
    answer = None
    if profile is Profile.OPENAI:
        answer = assembled(json_or_text(event.data) for event in events)
    return documents_of(events) if answer is None else answer


def _opaque(body: bytes) -> Body:
    digest = blake2b(body, digest_size=DIGEST_BYTES).digest()
    return Body(Kind.BYTES, _known(len(body), digest))


def _known(size: int, digest: bytes) -> Json:
    return {"bytes": size, "blake2b": digest.hex()}
