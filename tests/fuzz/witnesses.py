"""What parsers that know nothing of us see in the bytes that we write.

Each returns the one message that it saw; more than one, less than one, or a byte left over is an
error.
"""

from dataclasses import dataclass

import h11
import httptools

REFUSED = (h11.RemoteProtocolError, httptools.HttpParserError)
"""What a witness raises who takes the bytes for no message at all."""

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message: its first line's parts, its payload, its trailers (names in lower case)."""

    first: tuple[bytes, ...]
    payload: bytes
    trailers: tuple[tuple[bytes, bytes], ...]


def request_by_h11(data: bytes) -> tuple[Seen, Fields]:
    """Read one request as an h11 server does."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(data)
    request = connection.next_event()
    assert isinstance(request, h11.Request)
    payload, trailers = _rest_by_h11(connection)
    return Seen((request.method, request.target), payload, trailers), list(request.headers)


def reply_by_h11(data: bytes, *, to_head: bool) -> tuple[Seen, Fields]:
    """Read one answer as an h11 client does; an interim one is seen by itself."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    method = b"HEAD" if to_head else b"GET"
    connection.send(h11.Request(method=method, target=b"/", headers=[(b"host", b"backend")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    reply = connection.next_event()
    assert isinstance(reply, h11.Response | h11.InformationalResponse)
    first = (b"%d" % reply.status_code, reply.reason)
    if isinstance(reply, h11.InformationalResponse):
        assert connection.next_event() is h11.NEED_DATA
        assert connection.trailing_data[0] == b""
        return Seen(first, b"", ()), list(reply.headers)
    payload, trailers = _rest_by_h11(connection)
    return Seen(first, payload, trailers), list(reply.headers)


def _rest_by_h11(connection: h11.Connection) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    payload = b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.EndOfMessage):
            assert connection.trailing_data[0] == b"", "h11 sees bytes behind the message"
            return payload, tuple(event.headers)
        assert isinstance(event, h11.Data), f"h11 waits for more: {event!r}"
        payload += bytes(event.data)


class _Listener:
    """Hears what httptools calls."""

    def __init__(self) -> None:
        self.target = b""
        self.reason = b""
        self.headers: Fields = []
        self.trailers: Fields = []
        self.payload = b""
        self.complete = 0
        self._head_is_complete = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        fields = self.trailers if self._head_is_complete else self.headers
        fields.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        self._head_is_complete = True

    def on_body(self, data: bytes) -> None:
        self.payload += data

    def on_message_complete(self) -> None:
        self.complete += 1


def request_by_httptools(data: bytes) -> tuple[Seen, Fields]:
    """Read one request as an httptools server does."""
    method = data[: data.index(b" ")]
    try:
        listener = _heard(data)
    except httptools.HttpParserInvalidMethodError:
        # llhttp knows a list of methods, HTTP does not: to this witness it is one of the list.
        listener = _heard(b"POST" + data[len(method) :])
    assert listener.complete == 1, "httptools does not see exactly one message"
    seen = Seen((method, listener.target), listener.payload, tuple(listener.trailers))
    return seen, listener.headers


def _heard(data: bytes) -> _Listener:
    listener = _Listener()
    parser = httptools.HttpRequestParser(listener)
    heard = len(data)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade as upgrade:
        # It stops behind the head of a request to upgrade, which must be all there is.
        heard = upgrade.args[0]
    assert heard == len(data), "bytes follow a request to upgrade"
    return listener


def reply_by_httptools(data: bytes) -> tuple[Seen, Fields]:
    """Read one answer as an httptools client does."""
    listener = _Listener()
    parser = httptools.HttpResponseParser(listener)
    parser.feed_data(data)
    assert listener.complete == 1, "httptools does not see exactly one message"
    status = b"%d" % parser.get_status_code()
    seen = Seen((status, listener.reason), listener.payload, tuple(listener.trailers))
    return seen, listener.headers
