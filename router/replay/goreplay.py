"""Files of GoReplay (`gor --output-file`): requests as they came over the wire.

A file is a sequence of payloads, each behind a line of its own (kind, id, nanoseconds, perhaps the
latency) and followed by three monkeys. Kind 1 is a request; 2 and 3 are answers, which are read
over: both variants are asked anew.
"""

from collections.abc import Iterator
from typing import IO, Final

from router.compare.pair import Asked
from router.errors import MalformedMessageError, RecordingError
from router.http1.body import body_of
from router.http1.head import HEAD_END
from router.http1.lines import Lines
from router.http1.names import DEFAULT_PREFIX, Names
from router.http1.request_head import REQUEST_READERS, read_request_head
from router.replay.entries import Broken, Entry, Recorded

SEPARATOR: Final = "\n🐵🙈🙉\n".encode()

LARGEST_PAYLOAD: Final = 64 * 1024 * 1024
"""Bytes: what is larger is no request, but a file of another kind."""

_PIECE: Final = 64 * 1024
_KINDS: Final = (b"1", b"2", b"3")
_REQUEST: Final = b"1"
_FEWEST, _MOST = 3, 4  # words of the line before a payload


def read_goreplay(file: IO[bytes]) -> Iterator[Entry]:
    """Yield the requests of a file, and the payloads that are none.

    Raises:
        RecordingError: no payload ends where one has to.
    """
    memory = Lines(_names(), REQUEST_READERS)
    for number, payload in enumerate(_payloads(file), 1):
        place = f"payload {number}"
        line, newline, message = payload.partition(b"\n")
        words = line.split(b" ")
        if not newline or words[0] not in _KINDS or not _FEWEST <= len(words) <= _MOST:
            yield Broken(place, "no line of GoReplay stands before it, or it is cut off")
        elif words[0] == _REQUEST:
            yield _entry(message, place, memory)


def _entry(message: bytes, place: str, memory: Lines) -> Entry:
    try:
        return Recorded(_asked(message, memory), place)
    except MalformedMessageError as error:
        return Broken(place, error.detail)


def _payloads(file: IO[bytes]) -> Iterator[bytes]:
    held = b""
    while piece := file.read(_PIECE):
        # A separator may lie across two pieces: what was searched is not searched again.
        start = max(0, len(held) - len(SEPARATOR))
        held += piece
        while (end := held.find(SEPARATOR, start)) >= 0:
            yield held[:end]
            held, start = held[end + len(SEPARATOR) :], 0
        if len(held) > LARGEST_PAYLOAD:
            raise RecordingError("it is no file of GoReplay: a payload does not end")
    if held.strip():
        raise RecordingError("the last payload is cut off")


def _asked(message: bytes, memory: Lines) -> Asked:
    end = message.find(HEAD_END)
    if end < 0:
        raise MalformedMessageError("a request's head does not end")
    head = read_request_head(message, end + len(HEAD_END), memory)
    body = body_of(head.length)
    content = body.feed(message[end + len(HEAD_END) :])
    if not body.done or body.rest:
        raise MalformedMessageError("a request's body is not as long as its head says")
    return Asked(head.method, head.target, head.fields, content, len(content))


def _names() -> Names:
    return Names(replies=False, prefix=DEFAULT_PREFIX, request_id=b"x-request-id")
