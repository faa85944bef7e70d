"""Pairs that somebody else has made: the body of `POST /pairs`, read strictly.

One pair or a list of them, each

    {"service": "support",
     "request": {"method": "POST", "target": "/v1/classify", "headers": {…}, "body": "…base64…"},
     "legacy": {"status": 200, "headers": {…}, "body": "…", "seconds": 0.02},
     "ai": {…}}

`headers` is an object, or a list of [name, value] where a name stands twice. What is wrong is said
with its place and with what is allowed there.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Collection
from typing import Annotated, Final

import msgspec

from router.compare.pair import Answer, Asked, Fields, Pair
from router.errors import PairRefusedError
from router.model import Variant

MOST_AT_ONCE: Final = 1000
"""Pairs in one list."""

LONGEST: Final = 86_400
"""Seconds that an answer can have taken."""

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
_METHOD: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Z]{1,32}")
_TARGET: Final = re.compile(r"/[!-~]*|\*")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

Headers = dict[str, str] | list[tuple[str, str]]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=LONGEST)]
Status = Annotated[int, msgspec.Meta(ge=200, le=999)]


class PostedRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A request as it is written."""

    method: str
    target: str
    headers: Headers = {}
    body: str = ""


class PostedAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """An answer as it is written. seconds: how long it took."""

    status: Status
    headers: Headers = {}
    body: str = ""
    seconds: Seconds = 0.0


class Posted(msgspec.Struct, forbid_unknown_fields=True):
    """A pair as it is written."""

    service: str
    request: PostedRequest
    legacy: PostedAnswer
    ai: PostedAnswer


_UNKNOWN: Final = "Object contains unknown field"
_BELOW: Final = {"request": PostedRequest, "legacy": PostedAnswer, "ai": PostedAnswer}

_one: Final = msgspec.json.Decoder(Posted)
_many: Final = msgspec.json.Decoder(
    Annotated[list[Posted], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]
)


class Posting:
    """Turns what is posted into pairs of these services.

    request_id: the name of the field that names a request, lower-case.
    """

    def __init__(self, services: Collection[str], request_id: bytes) -> None:
        self._services = services
        self._request_id = request_id

    def pairs(self, body: bytes, at: float, made_id: bytes) -> list[Pair]:
        """Return the pairs, or raise `PairRefusedError`.

        made_id: begins the ids of requests that bear none.
        """
        posted, is_list = _read(body)
        return [
            self._pair(each, at, b"%b-%d" % (made_id, number), f"$[{number}]" if is_list else "$")
            for number, each in enumerate(posted)
        ]

    def _pair(self, posted: Posted, at: float, made_id: bytes, where: str) -> Pair:
        if posted.service not in self._services:
            known = ", ".join(sorted(self._services)) or "none"
            raise PairRefusedError(f"`{where}.service` names no service that is compared ({known})")
        asked = _asked(posted.request, f"{where}.request")
        named = [value for name, value in asked.fields if name == self._request_id]
        return Pair(
            service=posted.service,
            request_id=named[0] if named and named[0] else made_id,
            phase=0,
            at=at,
            request=asked,
            served=None,
            legacy=_answer(Variant.LEGACY, posted.legacy, f"{where}.legacy"),
            ai=_answer(Variant.AI, posted.ai, f"{where}.ai"),
        )


def _read(body: bytes) -> tuple[list[Posted], bool]:
    try:
        if body.lstrip()[:1] == b"[":
            return _many.decode(body), True
        return [_one.decode(body)], False
    except msgspec.ValidationError as error:
        raise PairRefusedError(_why(str(error))) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise PairRefusedError("the body is no JSON document") from error


def _why(said: str) -> str:
    """Add what msgspec leaves out: the place at the top, and the fields that are known there."""
    if " - at `$" not in said:
        said = f"{said} - at `$`"
    if not said.startswith(_UNKNOWN):
        return said
    place = said.rpartition(".")[2].rstrip("`")
    known = _BELOW.get(place, Posted).__struct_fields__
    return f"{said}: allowed there are {', '.join(known)}"


def _asked(posted: PostedRequest, where: str) -> Asked:
    what = "a method in upper case, of 32 letters at most"
    method = _allowed(posted.method, _METHOD, f"{where}.method", what)
    target = _allowed(posted.target, _TARGET, f"{where}.target", "a path, or *")
    body = _body(posted.body, where)
    return Asked(method, target, _fields(posted.headers, where), body, len(body))


def _answer(variant: Variant, posted: PostedAnswer, where: str) -> Answer:
    body = _body(posted.body, where)
    fields = _fields(posted.headers, where)
    return Answer(variant, posted.status, fields, body, len(body), seconds=posted.seconds)


def _fields(headers: Headers, where: str) -> Fields:
    pairs = headers.items() if isinstance(headers, dict) else headers
    place = f"{where}.headers"
    return [
        (
            _allowed(name, _TOKEN, place, "names of header fields, of 256 letters at most").lower(),
            _allowed(value, _VALUE, place, "values of one line, in ASCII or Latin-1"),
        )
        for name, value in pairs
    ]


def _body(text: str, where: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PairRefusedError(f"`{where}.body` is not base64") from error


def _allowed(text: str, pattern: re.Pattern[str], where: str, what: str) -> bytes:
    if pattern.fullmatch(text) is None:
        raise PairRefusedError(f"`{where}` is not as it should be: {what}")
    return text.encode("latin-1")
