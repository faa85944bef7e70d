"""Valid requests with uncommon bodies."""

from typing import Final

from tests.integration.conformance.accepted_lines import METHODS
from tests.integration.conformance.build import HOST, Accepted, chunked, get, post

LAST: Final = b"0\r\n\r\n"
INNER: Final = get(target=b"/inner")


def _posted(
    name: str, raw: bytes, body: bytes, trailers: tuple[tuple[bytes, bytes], ...] = ()
) -> Accepted:
    return Accepted(name, raw, method=b"POST", body=body, trailers=trailers)


def _long(body: bytes) -> bytes:
    return post(b"Content-Length: %d\r\n" % len(body), body)


_LENGTHS: Final = (
    _posted("a length of zero in a POST", post(b"Content-Length: 0\r\n"), b""),
    _posted("a length with leading zeros", post(b"Content-Length: 004\r\n", b"wxyz"), b"wxyz"),
    _posted("a length of several zeros", post(b"Content-Length: 000\r\n"), b""),
    _posted("a length without a space", post(b"Content-Length:4\r\n", b"wxyz"), b"wxyz"),
    _posted("a length among spaces", post(b"Content-Length: \t 4 \t\r\n", b"wxyz"), b"wxyz"),
    _posted("a length in odd case", post(b"cONTENT-lENGTH: 4\r\n", b"wxyz"), b"wxyz"),
    _posted("a body of line ends", _long(b"\r\n\r\n"), b"\r\n\r\n"),
    _posted("a body that looks like a request", _long(INNER), INNER),
    _posted(
        "a body that looks like chunks", _long(b"4\r\nwxyz\r\n0\r\n\r\n"), b"4\r\nwxyz\r\n0\r\n\r\n"
    ),
    _posted("a body of NULs", _long(bytes(100)), bytes(100)),
    _posted("a body of all bytes", _long(bytes(range(256))), bytes(range(256))),
    _posted("a body of 100 KB", _long(b"0123456789" * 10_000), b"0123456789" * 10_000),
    _posted("a body of 64 KiB", _long(b"a" * 65_536), b"a" * 65_536),
    _posted("a body of 64 KiB and one", _long(b"a" * 65_537), b"a" * 65_537),
    _posted(
        "a length and an expectation",
        post(b"Expect: 100-continue\r\nContent-Length: 4\r\n", b"wxyz"),
        b"wxyz",
    ),
    _posted(
        "a length and an expectation in odd case",
        post(b"Expect: 100-Continue\r\nContent-Length: 4\r\n", b"wxyz"),
        b"wxyz",
    ),
    _posted(
        "a length as the first field",
        b"POST /case HTTP/1.1\r\nContent-Length: 4\r\n" + HOST + b"\r\nwxyz",
        b"wxyz",
    ),
)

_BY_METHOD: Final = tuple(
    Accepted(
        f"a {method.decode()} with a body",
        get(b"Content-Length: 4\r\n", method=method) + b"wxyz",
        method=method,
        body=b"wxyz",
    )
    for method in METHODS[:7]
) + tuple(
    Accepted(
        f"a {method.decode()} with a chunked body",
        get(b"Transfer-Encoding: chunked\r\n", method=method) + b"4\r\nwxyz\r\n" + LAST,
        method=method,
        body=b"wxyz",
    )
    for method in METHODS[:7]
)

_CODINGS: Final = tuple(
    _posted(f"a coding written as {line!r}", post(line + b"\r\n", b"4\r\nwxyz\r\n" + LAST), b"wxyz")
    for line in (
        b"Transfer-Encoding:chunked",
        b"Transfer-Encoding:  chunked",
        b"Transfer-Encoding: chunked ",
        b"Transfer-Encoding: chunked   ",
        b"Transfer-Encoding: Chunked",
        b"Transfer-Encoding: CHUNKED",
        b"Transfer-Encoding: cHuNkEd",
        b"transfer-encoding: chunked",
        b"TRANSFER-ENCODING: chunked",
    )
)

_SIZES: Final = tuple(
    _posted(
        f"a chunk size written as {size!r}",
        chunked(size + b"\r\n" + b"w" * count + b"\r\n" + LAST),
        b"w" * count,
    )
    for size, count in (
        (b"1", 1),
        (b"a", 10),
        (b"A", 10),
        (b"f", 15),
        (b"fF", 255),
        (b"Ff", 255),
        (b"1a", 26),
        (b"04", 4),
        (b"0004", 4),
        (b"0000000000000004", 4),
        (b"00fF", 255),
        (b"10", 16),
        (b"1000", 4_096),
        (b"10000", 65_536),
        (b"e", 14),
    )
)

_EXTENSIONS: Final = tuple(
    _posted(
        f"a chunk extension written as {extension!r}",
        chunked(b"4" + extension + b"\r\nwxyz\r\n" + LAST),
        b"wxyz",
    )
    for extension in (
        b";a",
        b";a=b",
        b"; a",
        b" ;a",
        b" ; a",
        b" ; a = b",
        b";a=b;c=d",
        b";a;c",
        b";a=b ;c=d",
        b";a=b; c=d",
        b';a="b"',
        b';a=""',
        b';a="b c"',
        b';a="b;c"',
        b';a="b=c,d"',
        b';a="b\\"c"',
        b';a="\\\\"',
        b';a="b\tc"',
        b';a="\xe9t\xe9"',
        b";!#$%&'*+-.^_`|~=1",
        b";a=" + b"b" * 100,
        b";0=0",
    )
)

_CHUNKS: Final = (
    _posted("no chunk but the last", chunked(LAST), b""),
    _posted("two chunks", chunked(b"4\r\nwxyz\r\n3\r\nabc\r\n" + LAST), b"wxyzabc"),
    _posted("100 chunks of one byte", chunked(b"1\r\nx\r\n" * 100 + LAST), b"x" * 100),
    _posted("a last chunk of many zeros", chunked(b"1\r\nx\r\n0000\r\n\r\n"), b"x"),
    _posted("a last chunk with an extension", chunked(b"1\r\nx\r\n0;a=b\r\n\r\n"), b"x"),
    _posted("a chunk of line ends", chunked(b"4\r\n\r\n\r\n\r\n" + LAST), b"\r\n\r\n"),
    _posted(
        "a chunk that looks like the last", chunked(b"5\r\n0\r\n\r\n\r\n" + LAST), b"0\r\n\r\n"
    ),
    _posted(
        "a chunk that looks like a request",
        chunked(b"%x\r\n%b\r\n" % (len(INNER), INNER) + LAST),
        INNER,
    ),
    _posted(
        "chunks of different sizes",
        chunked(b"".join(b"%x\r\n%b\r\n" % (n, b"a" * n) for n in range(1, 40)) + LAST),
        b"a" * 780,
    ),
    _posted(
        "chunks and an expectation",
        chunked(b"4\r\nwxyz\r\n" + LAST, b"Expect: 100-continue\r\n"),
        b"wxyz",
    ),
    _posted(
        "chunks and a trailer announced that is not sent",
        chunked(b"4\r\nwxyz\r\n" + LAST, b"Trailer: A\r\n"),
        b"wxyz",
    ),
    _posted("a trailer", chunked(b"4\r\nwxyz\r\n0\r\nA: b\r\n\r\n"), b"wxyz", ((b"a", b"b"),)),
    _posted(
        "a trailer that was announced",
        chunked(b"4\r\nwxyz\r\n0\r\nA: b\r\n\r\n", b"Trailer: A\r\n"),
        b"wxyz",
        ((b"a", b"b"),),
    ),
    _posted(
        "two trailers",
        chunked(b"4\r\nwxyz\r\n0\r\nA: b\r\nC:d \r\n\r\n"),
        b"wxyz",
        ((b"a", b"b"), (b"c", b"d")),
    ),
    _posted("a trailer and no body", chunked(b"0\r\nA: b\r\n\r\n"), b"", ((b"a", b"b"),)),
    _posted("an empty trailer", chunked(b"0\r\nA:\r\n\r\n"), b"", ((b"a", b""),)),
    _posted(
        "a trailer behind an extension", chunked(b"0;x=y\r\nA: b\r\n\r\n"), b"", ((b"a", b"b"),)
    ),
)

ACCEPTED_BODIES: Final = _LENGTHS + _BY_METHOD + _CODINGS + _SIZES + _EXTENSIONS + _CHUNKS
