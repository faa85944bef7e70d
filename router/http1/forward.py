"""How a message is written to the other side, once it has been understood.

Both functions return a whole head. Framing, `Host` and `Connection` are always written here, from
what was parsed; nothing of the sender's framing passes through.
"""

import re
from collections.abc import Set as AbstractSet
from typing import Final

from router.http1.head import CHUNKED
from router.http1.replies import status_line
from router.http1.reply_head import BODILESS, ReplyHead
from router.http1.request_head import RequestHead

_IMPERSONAL: Final = re.compile(rb"(?i)(?:^|[ \t,])(?:no-store|private)(?:$|[ \t,=])")


def request_head(
    head: RequestHead,
    endpoint: bytes,
    hops: bytes,
    own: bytes,
    *,
    lines: list[bytes] | None = None,
    framing: bytes | None = None,
) -> bytes:
    """Write a request's head for the upstream (in one join: formatting costs 0.15 µs more).

    endpoint: what `Host` says where the client said nothing (HTTP/1.0 need not).
    hops: complete lines that say where the request came from (x-forwarded-*, via).
    own: complete lines in our own name (request id, variant).
    lines, framing: None for those that came.
    """
    return b"".join(
        (
            head.method,
            b" ",
            head.target,
            b" HTTP/1.1\r\nhost: ",
            head.authority or endpoint,
            b"\r\n",
            *(head.lines if lines is None else lines),
            _request_framing(head) if framing is None else framing,
            hops,
            own,
            b"\r\n",
        )
    )


def whole_framing(head: RequestHead, length: int) -> bytes:
    """Write the framing of a request whose body is at hand, of so many bytes; it asks for nothing.

    Neither whether to send it, nor for another protocol.
    """
    if head.length == CHUNKED:
        framing = b"transfer-encoding: chunked\r\n"
    elif head.declared is not None:
        framing = b"content-length: %d\r\n" % length
    else:
        framing = b""
    if head.te_trailers:
        framing += b"connection: te\r\nte: trailers\r\n"
    if head.max_forwards:
        framing += b"max-forwards: %d\r\n" % (head.max_forwards - 1)
    return framing


def has_any(head: RequestHead, names: AbstractSet[bytes]) -> bool:
    """Tell whether a field has one of these names, in whichever spelling it is understood."""
    for name, _ in head.fields:  # a loop of our own: `any` with a generator takes twice as long
        if name in names or (b"_" in name and name.replace(b"_", b"-") in names):
            return True
    return False


def lines_without(head: RequestHead, names: AbstractSet[bytes]) -> list[bytes]:
    """Return the lines that are passed on, without those of these names (lower-case)."""
    if not has_any(head, names):
        return head.lines
    return [
        line
        for line in head.lines
        if line[: line.index(b":")].lower().replace(b"_", b"-") not in names
    ]


def fields_without(head: RequestHead, names: AbstractSet[bytes]) -> list[tuple[bytes, bytes]]:
    """Return all fields but those of these names."""
    return [field for field in head.fields if field[0].replace(b"_", b"-") not in names]


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
