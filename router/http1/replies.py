"""What the router says in its own name: stable codes in problem JSON (RFC 9457)."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from router.http1.lines import PERSONAL
from router.http1.request_head import RequestHead


@dataclass(frozen=True, slots=True)
class Refusal:
    """One of our own answers. `code` is the stable name in `x-gray-error`.

    retry_after: seconds after which it may go better, 0 where nobody knows.
    """

    status: int
    code: str
    detail: str
    retry_after: int = 0

    def until(self, seconds: int) -> "Refusal":
        """Return the same refusal with the time after which it may go better."""
        return replace(self, retry_after=seconds)

    def because(self, detail: str) -> "Refusal":
        """Return the same refusal with a closer reason, in plain words of our own."""
        return replace(self, detail=detail)


NO_ROUTE: Final = Refusal(404, "no_route", "no service matches this request")
BAD_REQUEST: Final = Refusal(400, "malformed_request", "the request is malformed or ambiguous")
HEAD_TIMEOUT: Final = Refusal(408, "request_timeout", "the request did not arrive in time")
BODY_TOO_LARGE: Final = Refusal(413, "body_too_large", "the request's body exceeds the limit")
TARGET_TOO_LONG: Final = Refusal(414, "target_too_long", "the request line exceeds the limit")
HEAD_TOO_LARGE: Final = Refusal(431, "head_too_large", "the request's header exceeds the limit")
RATE_LIMITED: Final = Refusal(
    429, "rate_limited", "more requests than one caller may send at a time"
)
TOO_MANY_CONNECTIONS: Final = Refusal(
    503, "too_many_connections", "the router serves as many connections as it may"
)
BUFFERS_FULL: Final = Refusal(
    503, "buffers_full", "the router holds as many bytes of requests as it may"
)
NOT_READY: Final = Refusal(503, "not_ready", "the router has no routing table yet")
UPSTREAM_BUSY: Final = Refusal(
    503, "upstream_busy", "all connections to the backend are in use and the queue is full"
)
UPSTREAM_UNREACHABLE: Final = Refusal(
    502, "upstream_unreachable", "no connection to the backend could be made"
)
UPSTREAM_CONNECT_TIMEOUT: Final = Refusal(
    504, "upstream_connect_timeout", "the backend did not accept a connection in time"
)
UPSTREAM_TIMEOUT: Final = Refusal(504, "upstream_timeout", "the backend did not answer in time")
UPSTREAM_LOST: Final = Refusal(
    502, "upstream_lost", "the backend closed the connection before it answered"
)
UPSTREAM_MALFORMED: Final = Refusal(
    502, "upstream_malformed", "the backend's answer is malformed or ambiguous"
)
UNMASKABLE: Final = Refusal(
    415, "unmaskable", "the body could not be read, and may not be passed on unread"
)
ROLLED_BACK: Final = Refusal(
    502, "rolled_back", "AI was rolled back while it worked on this request"
)

ALL_REFUSALS: Final = (
    NO_ROUTE, BAD_REQUEST, HEAD_TIMEOUT, BODY_TOO_LARGE, TARGET_TOO_LONG, HEAD_TOO_LARGE,
    RATE_LIMITED, TOO_MANY_CONNECTIONS, BUFFERS_FULL, NOT_READY, UPSTREAM_BUSY,
    UPSTREAM_UNREACHABLE, UPSTREAM_CONNECT_TIMEOUT, UPSTREAM_TIMEOUT, UPSTREAM_LOST,
    UPSTREAM_MALFORMED, UNMASKABLE, ROLLED_BACK,
)  # fmt: skip
"""Every refusal; each has its page in the runbook."""

REMEMBERED: Final = 256
LONGEST_REMEMBERED: Final = 64
"""Status lines, and bytes of a phrase: backends could invent them without end."""

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

_REASONS: Final = {status.value: status.phrase.encode() for status in HTTPStatus}


_lines: dict[tuple[int, bytes | None], bytes] = {}


def status_line(status: int, reason: bytes | None = None) -> bytes:
    """Write a status line in our own version, with the registered phrase where none is given."""
    line = _lines.get((status, reason))
    if line is None:
        phrase = _REASONS.get(status, b"") if reason is None else reason
        line = b"HTTP/1.1 %d %b\r\n" % (status, phrase)
        if len(_lines) < REMEMBERED and len(phrase) <= LONGEST_REMEMBERED:
            _lines[status, reason] = line
    return line


def write_refusal(refusal: Refusal, request_id: bytes, own_lines: bytes, *, to_head: bool) -> bytes:
    """Write a whole answer. Nothing in its body comes from the request but a well-formed id."""
    title = _REASONS[refusal.status].decode()
    body = (
        f'{{"type":"about:blank","title":"{title}","status":{refusal.status},'
        f'"detail":"{refusal.detail}","code":"{refusal.code}","request_id":"{request_id.decode()}"}}\n'
    ).encode()
    if refusal.retry_after:
        own_lines += b"retry-after: %d\r\n" % refusal.retry_after
    return b"%bcontent-type: application/problem+json\r\ncontent-length: %d\r\n%b\r\n%b" % (
        status_line(refusal.status),
        len(body),
        own_lines,
        b"" if to_head else body,
    )


def own_answer(head: RequestHead, own_lines: bytes) -> bytes:
    """Answer TRACE with the request as it arrived here, and OPTIONS with nothing but success.

    TRACE leaves out what identifies the caller (RFC 9110, 9.3.8).
    """
    body, kind = b"", b""
    if head.method == b"TRACE":
        told = [line for line in head.lines if line[: line.index(b":")].lower() not in PERSONAL]
        body = b"TRACE %b HTTP/1.%d\r\n%b\r\n" % (head.target, head.minor, b"".join(told))
        kind = b"content-type: message/http\r\n"
    return b"%b%bcontent-length: %d\r\n%b\r\n%b" % (
        status_line(200),
        kind,
        len(body),
        own_lines,
        body,
    )
