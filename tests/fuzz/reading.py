"""How the fuzzer reads a stream: as a connection does, whole heads, then their bodies."""

from dataclasses import dataclass
from typing import Protocol

from router.errors import MalformedMessageError
from router.http1.body import Body, body_of
from router.http1.forward import reply_framing, request_head
from router.http1.framing import chunk, last_chunk
from router.http1.head import CHUNKED, HEAD_END, UNTIL_CLOSE
from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.replies import status_line
from router.http1.reply_head import REPLY_READERS, ReplyHead, ReplyHeads
from router.http1.request_head import REQUEST_READERS, RequestHead, read_request_head

PREFIX = b"x-gray-"
REQUEST_ID = b"x-request-id"


@dataclass(frozen=True, slots=True)
class Read:
    """One message: the bytes it came in, what we read, and what we would write."""

    raw: bytes
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
        self._fed = b""
        self._begun = 0
        self._buffer = b""
        self._body: Body | None = None
        self._pieces: list[bytes] = []
        self._is_over = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._fed += data
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
            self._begun = len(self._fed) - len(self._buffer)
            self._body = None
            self._is_over = self._ends_here()
        return True

    @property
    def _raw(self) -> bytes:
        return self._fed[self._begun : len(self._fed) - len(self._buffer)]

    def _read_head(self, data: bytes, end: int) -> Body:
        raise NotImplementedError

    def _finished_message(self, *, ended: bool) -> Read:
        raise NotImplementedError

    def _ends_here(self) -> bool:
        raise NotImplementedError


class Requests(_Reading):
    """What a client sends, and what we would send to a backend for it."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines
        self._head: RequestHead

    def _read_head(self, data: bytes, end: int) -> Body:
        self._head = read_request_head(data, end, self._lines)
        assert self._head.length is not None
        return body_of(self._head.length)

    def _finished_message(self, *, ended: bool) -> Read:
        head, body = self._head, self._body
        assert body is not None
        payload = b"".join(self._pieces)
        chunked = head.length == CHUNKED
        written = request_head(head, b"endpoint", b"", b"")
        written += _written_body(payload, body, chunked=chunked)
        return Read(
            self._raw,
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

    def __init__(self, heads: ReplyHeads, *, to_head: bool) -> None:
        super().__init__()
        self._heads = heads
        self._to_head = to_head
        self._head: ReplyHead

    def _read_head(self, data: bytes, end: int) -> Body:
        self._head = self._heads.read(data[:end])
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
            self._raw,
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


def request_memory() -> Lines:
    """Make a memory of clients' lines that has seen nothing yet."""
    return Lines(_names(replies=False), REQUEST_READERS)


def reply_memory() -> ReplyHeads:
    """Make a memory of backends' heads that has seen nothing yet."""
    return ReplyHeads(Lines(_names(replies=True), REPLY_READERS))


def _names(*, replies: bool) -> Names:
    return Names(replies=replies, prefix=PREFIX, request_id=REQUEST_ID)
