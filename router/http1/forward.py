"""How a message is written to the other side, once it has been understood.

Both functions return a whole head. Framing, `Host` and `Connection` are always written here, from
what was parsed; nothing of the sender's framing passes through.
"""

import re
from typing import Final

from router.http1.head import CHUNKED
from router.http1.replies import status_line
from router.http1.reply_head import BODILESS, ReplyHead
from router.http1.request_head import RequestHead

_IMPERSONAL: Final = re.compile(rb"(?i)(?:^|[ \t,])(?:no-store|private)(?:$|[ \t,=])")


def request_head(head: RequestHead, endpoint: bytes, hops: bytes, own: bytes) -> bytes:
    """Write a request's head for the upstream (in one join: formatting costs 0.15 µs more).

    endpoint: what `Host` says where the client said nothing (HTTP/1.0 need not).
    hops: complete lines that say where the request came from (x-forwarded-*, via).
    own: complete lines in our own name (request id, variant).
    """
    return b"".join(
        (
            head.method,
            b" ",
            head.target,
            b" HTTP/1.1\r\nhost: ",
            head.authority or endpoint,
            b"\r\n",
            *head.lines,
            _request_framing(head),
            hops,
            own,
            b"\r\n",
        )
    )


def _request_framing(head: RequestHead) -> bytes:
    if head.length == CHUNKED:
        framing = b"transfer-encoding: chunked\r\n"
    elif head.declared is not None:
        framing = b"content-length: %d\r\n" % head.length
    else:
        framing = b""
    if head.expect_continue:
        framing += b"expect: 100-continue\r\n"
    if head.upgrade is not None:
        framing += b"connection: upgrade\r\nupgrade: %b\r\n" % head.upgrade
    elif head.te_trailers:
        framing += b"connection: te\r\nte: trailers\r\n"
    if head.max_forwards:
        framing += b"max-forwards: %d\r\n" % (head.max_forwards - 1)
    return framing


def reply_start(head: ReplyHead, *, to_http10: bool, to_head: bool) -> tuple[bytes, bool, bool]:
    """Return all lines that follow from the backend's head, whether to chunk, and whether to end.

    What most clients are sent is kept with the head: heads repeat themselves, and nine lines need
    not be put together again for each answer (0.6 µs).
    """
    if to_http10 or to_head:
        return _reply_start(head, to_http10=to_http10, to_head=to_head)
    if head.start is None:
        head.start = _reply_start(head, to_http10=False, to_head=False)
    return head.start


def _reply_start(head: ReplyHead, *, to_http10: bool, to_head: bool) -> tuple[bytes, bool, bool]:
    framing, chunks, ends = reply_framing(head, to_http10=to_http10, to_head=to_head)
    return _start(head, framing), chunks, ends


def switching_start(head: ReplyHead, asked: bytes | None) -> bytes:
    """Write the same lines where the protocol changes, to its own word or what was ``asked``."""
    upgrade = asked if head.upgrade is None else head.upgrade
    return _start(head, b"connection: upgrade\r\nupgrade: %b\r\n" % (upgrade or b""))


def _start(head: ReplyHead, framing: bytes) -> bytes:
    via = b"via: 1.%d gray-router\r\n" % head.minor
    return b"".join((status_line(head.status, head.reason), *head.lines, framing, via))


def reply_framing(head: ReplyHead, *, to_http10: bool, to_head: bool) -> tuple[bytes, bool, bool]:
    """Return the framing lines, whether to chunk, and whether the connection must end."""
    length = head.length
    if to_head or head.status in BODILESS:
        declared = head.declared
        return b"" if declared is None else b"content-length: %d\r\n" % declared, False, False
    if length >= 0:
        return b"content-length: %d\r\n" % length, False, False
    if to_http10:
        return b"", False, True
    return b"transfer-encoding: chunked\r\n", True, False


def private_cache_control(values: list[bytes] | None) -> bytes:
    """Return the Cache-Control line that keeps a split answer out of shared caches.

    What already forbids them stays; everything else loses what speaks to shared caches alone.
    """
    joined = b", ".join(values or ())
    if _IMPERSONAL.search(joined):
        return b"cache-control: %b\r\n" % joined
    kept = [
        directive
        for directive in (part.strip(b" \t") for part in joined.split(b","))
        if directive and directive.lower().partition(b"=")[0] not in (b"public", b"s-maxage")
    ]
    return b"cache-control: %b\r\n" % b", ".join([b"private", *kept])


def cache_control(values: list[bytes]) -> bytes:
    """Return the Cache-Control lines as they came."""
    return b"".join(b"cache-control: %b\r\n" % value for value in values)
