"""A reader of HTTP/1.1 that accepts one spelling of everything, and calls the rest ambiguous.

It stands behind the router (and in front of it, for answers) as the judge: what the router sends is
written anew from what it parsed, so there is no excuse for an odd spelling.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from tests.support.raw import EndedError, RawSocket

Fields = list[tuple[bytes, bytes]]

_REQUEST_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Z-]+) ([\x21\x22\x24-\x7e]+) HTTP/1\.1")
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 ([1-9][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)")
_FIELD: Final = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?((?:[\x21-\x7e\x80-\xff\t ]*[\x21-\x7e\x80-\xff])?)"
)
_DIGITS: Final = re.compile(rb"0|[1-9][0-9]*")
_CHUNK_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,16}")


class AmbiguousError(Exception):
    """Bytes that another reader might understand differently."""


class BrokenTransferError(Exception):
    """The answer began and never properly ended; `answer` is what came of it."""

    def __init__(self, answer: "Answer", ended: EndedError) -> None:
        super().__init__(f"after {len(answer.body)} bytes of body: {ended}")
        self.answer: Final = answer
        self.ending: Final = ended.ending


@dataclass(slots=True)
class Message:
    """What requests and answers have in common."""

    fields: Fields
    body: bytearray = field(default_factory=bytearray)
    trailers: Fields = field(default_factory=list)
    complete: bool = False

    def values(self, name: bytes) -> list[bytes]:
        """Every value of the field, in the order of arrival."""
        return [value for key, value in self.fields if key.lower() == name]

    def value(self, name: bytes) -> bytes | None:
        """The field's only value; more than one is an error."""
        values = self.values(name)
        if len(values) > 1:
            raise AmbiguousError(f"{len(values)} fields are called {name!r}")
        return values[0] if values else None

    @property
    def is_chunked(self) -> bool:
        return self.value(b"transfer-encoding") is not None

    @property
    def length(self) -> int | None:
        value = self.value(b"content-length")
        return None if value is None else int(value)


@dataclass(slots=True)
class Request(Message):
    """A request as the backend saw it."""

    method: bytes = b""
    target: bytes = b""


@dataclass(slots=True)
class Answer(Message):
    """An answer as the client saw it, with the 1xx that came before it."""

    status: int = 0
    reason: bytes = b""
    interim: list["Answer"] = field(default_factory=list)


# Requests...


async def read_request_head(peer: RawSocket) -> Request:
    """Read one head; `complete` stays False until the body is there."""
    start, fields = await _head(peer)
    found = _REQUEST_LINE.fullmatch(start)
    if found is None:
        raise AmbiguousError(f"request line {start!r}")
    request = Request(fields, method=found[1], target=found[2])
    _check_framing(request)
    hosts = request.values(b"host")
    if len(hosts) != 1 or not hosts[0]:
        raise AmbiguousError(f"hosts {hosts!r}")
    return request


async def read_request_body(peer: RawSocket, request: Request) -> None:
    """Read the body into ``request`` as it comes, and mark it complete."""
    if request.is_chunked:
        await _chunks(peer, request)
    elif request.length:
        await _bytes(peer, request, request.length)
    request.complete = True


# Answers...


async def read_answer(peer: RawSocket, method: bytes = b"GET") -> Answer:
    """Read the interim answers, the final head and its body."""
    answer = await read_answer_head(peer)
    try:
        await read_answer_body(peer, answer, method)
    except EndedError as ended:
        raise BrokenTransferError(answer, ended) from ended
    return answer


async def read_answer_head(peer: RawSocket) -> Answer:
    """Read up to the first head that is not 1xx (101 is final)."""
    interim: list[Answer] = []
    while True:
        answer = await read_any_head(peer)
        if answer.status >= 200 or answer.status == 101:
            answer.interim = interim
            return answer
        interim.append(answer)


async def read_any_head(peer: RawSocket) -> Answer:
    """Read one head, 1xx or not."""
    start, fields = await _head(peer)
    found = _STATUS_LINE.fullmatch(start)
    if found is None:
        raise AmbiguousError(f"status line {start!r}")
    answer = Answer(fields, status=int(found[1]), reason=found[2])
    _check_framing(answer)
    return answer


async def read_answer_body(peer: RawSocket, answer: Answer, method: bytes = b"GET") -> None:
    if method == b"HEAD" or answer.status in (204, 304) or answer.status < 200:
        pass
    elif answer.is_chunked:
        await _chunks(peer, answer)
    elif answer.length is not None:
        await _bytes(peer, answer, answer.length)
    else:
        await _until_the_end(peer, answer)
    answer.complete = True


async def _until_the_end(peer: RawSocket, answer: Answer) -> None:
    answer.body += await peer.read_to_end()
    if peer.ending != "clean":
        assert peer.ending is not None
        raise EndedError(peer.ending, bytes(answer.body))


# Parts...


async def _line(peer: RawSocket) -> bytes:
    line = (await peer.read_until(b"\n"))[:-1]
    if not line.endswith(b"\r"):
        raise AmbiguousError(f"bare LF after {line!r}")
    line = line[:-1]
    if b"\r" in line or b"\0" in line:
        raise AmbiguousError(f"bare CR or NUL in {line!r}")
    return line


async def _head(peer: RawSocket) -> tuple[bytes, Fields]:
    return await _line(peer), await _fields(peer)


async def _fields(peer: RawSocket) -> Fields:
    fields: Fields = []
    while line := await _line(peer):
        found = _FIELD.fullmatch(line)
        if found is None:
            raise AmbiguousError(f"field {line!r}")
        fields.append((found[1], found[2]))
    return fields


def _check_framing(message: Message) -> None:
    lengths, codings = message.values(b"content-length"), message.values(b"transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise AmbiguousError(f"framing {lengths!r} {codings!r}")
    if lengths and not _DIGITS.fullmatch(lengths[0]):
        raise AmbiguousError(f"length {lengths[0]!r}")
    if codings and codings[0] != b"chunked":
        raise AmbiguousError(f"coding {codings[0]!r}")


async def _bytes(peer: RawSocket, message: Message, count: int) -> None:
    while len(message.body) < count:
        missing = count - len(message.body)
        arrived = min(missing, max(1, len(peer.unread())))
        message.body += await peer.read_exactly(arrived)


async def _chunks(peer: RawSocket, message: Message) -> None:
    while True:
        line = await _line(peer)
        if not _CHUNK_SIZE.fullmatch(line):
            raise AmbiguousError(f"chunk size {line!r}")
        size = int(line, 16)
        if not size:
            break
        await _bytes(peer, message, len(message.body) + size)
        if await peer.read_exactly(2) != b"\r\n":
            raise AmbiguousError("chunk without an end")
    message.trailers = await _fields(peer)
