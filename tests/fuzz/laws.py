"""The laws of the border where bytes become messages. Whatever the bytes are:

1. Nothing is raised but `MalformedMessageError`.
2. However the bytes are cut, and whatever was read before them, the verdict is the same.
3. What is accepted and written anew reads as the same single message to h11 and to httptools, which
   know nothing of us. So no backend can see more requests, or other ones, than we saw.
4. Nothing that speaks in our name, or was meant for us alone, is among the fields passed on.

The fuzzer looks for bytes that break one of them; `test_laws.py` holds all that was found so far to
them.
"""

import itertools
import random
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from router.errors import MalformedMessageError
from router.http1.body import Body, body_of
from router.http1.forward import reply_framing, request_head
from router.http1.framing import chunk, last_chunk
from router.http1.head import (
    CHUNKED,
    HEAD_END,
    REPLY_READERS,
    REQUEST_READERS,
    UNTIL_CLOSE,
    ReplyHead,
    RequestHead,
    read_reply_head,
    read_request_head,
)
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.replies import status_line
from tests.fuzz import witnesses
from tests.fuzz.witnesses import Seen

PREFIX = b"x-gray-"
REQUEST_ID = b"x-request-id"
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)


@dataclass(frozen=True, slots=True)
class Read:
    """One message as we read it, and as we would write it."""

    first: tuple[bytes, ...]
    fields: tuple[bytes, ...]
    payload: bytes
    trailers: tuple[tuple[bytes, bytes], ...]
    written: bytes
    ended: bool


class Reader(Protocol):
    """Reads one direction of a connection; a subclass of `_Reading`."""

    messages: list[Read]
    refused: MalformedMessageError | None

    def feed(self, data: bytes) -> None: ...
    def verdict(self) -> object: ...


class _Reading:
    """Heads when they are whole, then their bodies, until a refusal or a change of protocol."""

    def __init__(self) -> None:
        self.messages: list[Read] = []
        self.refused: MalformedMessageError | None = None
        self._buffer = b""
        self._body: Body | None = None
        self._pieces: list[bytes] = []
        self._is_over = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._buffer += data
        try:
            while self._buffer and not self._is_over and self._step():
                pass
        except MalformedMessageError as error:
            self.refused = error
            self._is_over = True

    def verdict(self) -> object:
        """Return everything that must not depend on how the bytes were cut."""
        if self.refused is not None:
            return self.messages, "refused"
        unfinished = self._finished_message(ended=False) if self._body is not None else None
        return self.messages, unfinished, self._is_over

    def _step(self) -> bool:
        if self._body is None:
            end = self._buffer.find(HEAD_END)
            if end < 0:
                return False
            end += len(HEAD_END)
            self._body = self._read_head(self._buffer, end)
            self._buffer = self._buffer[end:]
            self._pieces = []
        else:
            self._pieces.append(self._body.feed(self._buffer))
            self._buffer = self._body.rest
        if self._body.done:
            self.messages.append(self._finished_message(ended=True))
            self._body = None
            self._is_over = self._ends_here()
        return True

    def _read_head(self, data: bytes, end: int) -> Body:
        raise NotImplementedError

    def _finished_message(self, *, ended: bool) -> Read:
        raise NotImplementedError

    def _ends_here(self) -> bool:
        raise NotImplementedError


class Requests(_Reading):
    """What a client sends, and what we would send to a backend for it."""

    def __init__(self, names: Lines) -> None:
        super().__init__()
        self._names = names
        self._head: RequestHead

    def _read_head(self, data: bytes, end: int) -> Body:
        self._head = read_request_head(data, end, self._names)
        assert self._head.length is not None
        return body_of(self._head.length)

    def _finished_message(self, *, ended: bool) -> Read:
        head, body = self._head, self._body
        assert body is not None
        payload = b"".join(self._pieces)
        chunked = head.length == CHUNKED
        written = request_head(head, b"", b"") + _written_body(payload, body, chunked=chunked)
        return Read(
            (head.method, head.target, head.host),
            tuple(head.lines),
            payload,
            tuple(body.trailers),
            written,
            ended,
        )

    def _ends_here(self) -> bool:
        return self._head.upgrade is not None or not self._head.keep_alive


class Replies(_Reading):
    """What a backend answers to one request, and what we would send to the client for it."""

    def __init__(self, names: Lines, *, to_head: bool) -> None:
        super().__init__()
        self._names = names
        self._to_head = to_head
        self._head: ReplyHead

    def _read_head(self, data: bytes, end: int) -> Body:
        self._head = read_reply_head(data, end, self._names)
        assert self._head.length is not None
        has_no_body = self._to_head or self._head.status == 304
        return body_of(0 if has_no_body else self._head.length)

    def _finished_message(self, *, ended: bool) -> Read:
        head, body = self._head, self._body
        assert body is not None
        payload = b"".join(self._pieces)
        framing, chunked, _ = reply_framing(head, to_http10=False, to_head=self._to_head)
        if head.status < 200:
            framing, chunked = b"", False
        start = status_line(head.status, head.reason)
        written = b"".join((start, *head.lines, framing, b"\r\n")) + _written_body(
            payload, body, chunked=chunked
        )
        return Read(
            (b"%d" % head.status, head.reason),
            tuple(head.lines),
            payload,
            tuple(body.trailers),
            written,
            ended,
        )

    def _ends_here(self) -> bool:
        return self._head.status == 101 or self._head.status >= 200

    @property
    def ends_with_the_connection(self) -> bool:
        """Whether the answer that is being read has no other end."""
        return self._body is not None and self._head.length == UNTIL_CLOSE

    def hang_up(self) -> None:
        """The backend closed its connection: that ends a body without any other end."""
        if self.ends_with_the_connection:
            self.messages.append(self._finished_message(ended=True))
            self._body = None


def _written_body(payload: bytes, body: Body, *, chunked: bool) -> bytes:
    if not chunked:
        return payload
    return chunk(payload) + last_chunk(body.trailers, PREFIX)


def names(*, replies: bool) -> Lines:
    """Make a memory of names that has seen nothing yet."""
    known = Names(replies=replies, prefix=PREFIX, request_id=REQUEST_ID)
    return Lines(known, REPLY_READERS if replies else REQUEST_READERS)


_LONG_REMEMBERED = {False: names(replies=False), True: names(replies=True)}


def check(data: bytes) -> None:
    """Hold an input to all laws.

    Its first byte says what it is: an answer (A), an answer to HEAD (H), anything else: requests.
    """
    kind, stream = data[:1], data[1:]
    if kind in (b"A", b"H"):
        _check_replies(stream, to_head=kind == b"H")
    else:
        _check_requests(stream)


def _check_requests(stream: bytes) -> None:
    whole = Requests(_LONG_REMEMBERED[False])
    whole.feed(stream)
    for cuts in _ways_to_cut(stream):
        other = Requests(names(replies=False))
        _feed_all(other, cuts)
        assert other.verdict() == whole.verdict(), "the verdict depends on how the bytes were cut"
    for message in whole.messages:
        _check_fields(message)
        names_passed_on = {line.partition(b":")[0].lower() for line in message.fields}
        assert not names_passed_on & {b"host", b"te", b"http2-settings"}, "a field is ours to write"
        method, target, _ = message.first
        expected = Seen((method, target), message.payload, _lowered(message.trailers))
        for witness in (witnesses.request_by_h11, witnesses.request_by_httptools):
            seen, fields = witness(message.written)
            assert seen == expected, witness.__name__
            _check_passed_on(message, fields)


def _check_replies(stream: bytes, *, to_head: bool) -> None:
    whole = Replies(_LONG_REMEMBERED[True], to_head=to_head)
    whole.feed(stream)
    for cuts in _ways_to_cut(stream):
        other = Replies(names(replies=True), to_head=to_head)
        _feed_all(other, cuts)
        assert other.verdict() == whole.verdict(), "the verdict depends on how the bytes were cut"
    whole.hang_up()
    for message in whole.messages:
        _check_fields(message)
        if message.first[0] == b"101":
            continue  # what follows is another protocol, which no HTTP parser reads
        expected = Seen(message.first, message.payload, _lowered(message.trailers))
        seen, fields = witnesses.reply_by_h11(message.written, to_head=to_head)
        assert seen == expected, "h11 sees another answer"
        _check_passed_on(message, fields)
        if not to_head:
            seen, fields = witnesses.reply_by_httptools(message.written)
            assert seen == expected, "httptools sees another answer"
            _check_passed_on(message, fields)


def _ways_to_cut(stream: bytes) -> Iterable[list[bytes]]:
    yield [stream[at : at + 1] for at in range(len(stream))]
    dice = random.Random(zlib.crc32(stream))
    places = sorted(dice.randrange(len(stream) + 1) for _ in range(dice.randrange(1, 6)))
    borders = [0, *places, len(stream)]
    yield [stream[start:end] for start, end in itertools.pairwise(borders)]


def _feed_all(reader: Reader, pieces: list[bytes]) -> None:
    for piece in pieces:
        if piece:
            reader.feed(piece)


def _check_fields(message: Read) -> None:
    for line in message.fields:
        name, colon, value = line.partition(b":")
        straight = name.lower().replace(b"_", b"-")
        assert colon, "a line is no field"
        assert line.endswith(b"\r\n"), "a field has no end"
        assert not set(value[:-2]) & set(b"\r\n\0"), "a field holds a line's end"
        assert not straight.startswith(PREFIX), "a field speaks in our name"
        assert straight not in HOP_BY_HOP, "a field was meant for us alone"
        assert straight != b"content-length", "framing passed through"


def _check_passed_on(message: Read, seen: list[tuple[bytes, bytes]]) -> None:
    for line in message.fields:
        name, _, value = line.partition(b":")
        assert (name.lower(), value.strip()) in seen, "a field was lost or changed on its way"


def _lowered(fields: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name.lower(), value)
        for name, value in fields
        if not name.lower().replace(b"_", b"-").startswith(PREFIX)
    )
