"""What backends answer: malformed, broken in the middle, with a surplus, and odd but valid."""

from dataclasses import dataclass
from typing import Final

Fields = tuple[tuple[bytes, bytes], ...]
_TWO: Final = b"Content-Length: 2\r\n"


def answer(fields: bytes = _TWO, body: bytes = b"ok", *, line: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return line + b"\r\n" + fields + b"\r\n" + body


def chunks(body: bytes, fields: bytes = b"") -> bytes:
    return answer(b"Transfer-Encoding: chunked\r\n" + fields, body)


@dataclass(frozen=True, slots=True)
class Malformed:
    """No answer at all: the client must get a 502. `closes`: the backend hangs up behind it."""

    name: str
    raw: bytes
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """An answer whose body never properly ends: the client must never see it end properly."""

    name: str
    raw: bytes
    closes: bool = False
    resets: bool = False


@dataclass(frozen=True, slots=True)
class Surplus:
    """An answer with bytes behind its end: they reach nobody, and nobody is answered from there."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Valid:
    """An answer that must pass, and what the client must see of it."""

    name: str
    raw: bytes
    status: int = 200
    body: bytes = b"ok"
    method: bytes = b"GET"
    has: Fields = ()
    lacks: tuple[bytes, ...] = ()
    trailers: Fields = ()
    interim: tuple[int, ...] = ()
    closes: bool = False


_MALFORMED_FRAMING: Final = (
    Malformed("a length and a coding", chunks(b"0\r\n\r\n", b"Content-Length: 5\r\n")),
    Malformed("a coding and a length", answer(_TWO + b"Transfer-Encoding: chunked\r\n")),
    Malformed("two lengths", answer(b"Content-Length: 2\r\nContent-Length: 3\r\n")),
    Malformed("two equal lengths", answer(_TWO * 2)),
    *(
        Malformed(f"a length written as {value!r}", answer(b"Content-Length: " + value + b"\r\n"))
        for value in (
            b"",
            b"2, 2",
            b"2, 3",
            b"+2",
            b"-2",
            b"0x2",
            b"2 2",
            b"2.0",
            b"abc",
            b"\x0b2",
            b"18446744073709551618",
        )
    ),
    *(
        Malformed(
            f"a coding written as {value!r}",
            answer(b"Transfer-Encoding: " + value + b"\r\n", b"0\r\n\r\n"),
            closes=True,
        )
        for value in (
            b"",
            b"gzip, chunked",
            b"chunked, gzip",
            b"gzip",
            b"identity",
            b"xchunked",
            b",chunked",
            b"chunked, chunked",
            b"chunked;q=1",
            b"\x0bchunked",
            b'"chunked"',
        )
    ),
    Malformed(
        "a coding twice",
        chunks(b"0\r\n\r\n", b"Transfer-Encoding: chunked\r\n"),
    ),
    Malformed(
        "a coding on HTTP/1.0",
        answer(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", line=b"HTTP/1.0 200 OK"),
    ),
    Malformed("a folded coding", answer(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n")),
    Malformed("a space before the length's colon", answer(b"Content-Length : 2\r\n")),
    Malformed("100 with a length", answer(b"Content-Length: 5\r\n", b"", line=b"HTTP/1.1 100 Go")),
    Malformed(
        "103 with a coding",
        answer(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", line=b"HTTP/1.1 103 Hint"),
    ),
)

_MALFORMED_LINES: Final = (
    *(
        Malformed(f"the status line {line!r}", answer(line=line))
        for line in (
            b"HTTP/1.1 099 Low",
            b"HTTP/1.1 000 Zero",
            b"HTTP/1.1 999 High",
            b"HTTP/1.1 20 Short",
            b"HTTP/1.1 2 Shorter",
            b"HTTP/1.1 2000 Long",
            b"HTTP/1.1 abc Letters",
            b"HTTP/1.1 2x0 Mixed",
            b"HTTP/1.1 -200 Minus",
            b"HTTP/1.1 +200 Plus",
            b"HTTP/1.1 200.0 Ratio",
            b"HTTP/1.1  200 OK",
            b"HTTP/1.1\t200 OK",
            b"HTTP/1.1 ",
            b"HTTP/1.1",
            b"HTTP/1.1 OK",
            b"HTTP/2.0 200 OK",
            b"HTTP/2 200",
            b"HTTP/0.9 200 OK",
            b"HTTP/1.2 200 OK",
            b"HTTP/1.11 200 OK",
            b"HTTP/11 200 OK",
            b"http/1.1 200 OK",
            b"HTTPS/1.1 200 OK",
            b"ICY 200 OK",
            b"RTSP/1.0 200 OK",
            b" HTTP/1.1 200 OK",
            b"200 OK",
            b"HTTP/1.1 200 O\x00K",
            b"HTTP/1.1 200 O\x01K",
            b"HTTP/1.1 200 O\x0bK",
            b"HTTP/1.1 200 O\x1bK",
            b"HTTP/1.1 200 O\x7fK",
            b"HTTP/1.1 200 O\rK",
            b"GET / HTTP/1.1",
        )
    ),
    Malformed("garbage", bytes(range(256)), closes=True),
    Malformed("a page without a head", b"<html>ok</html>", closes=True),
    Malformed("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x16", closes=True),
    Malformed("nothing", b"", closes=True),
    Malformed("a line end and nothing", b"\r\n", closes=True),
    Malformed("half a status line", b"HTTP/1.1 20", closes=True),
    Malformed("a status line alone", b"HTTP/1.1 200 OK\r\n", closes=True),
    Malformed("half a field", b"HTTP/1.1 200 OK\r\nContent-Le", closes=True),
    Malformed("a head without its end", b"HTTP/1.1 200 OK\r\n" + _TWO, closes=True),
    Malformed("100 and nothing behind", b"HTTP/1.1 100 Continue\r\n\r\n", closes=True),
    Malformed("101 that nobody asked for", b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
    Malformed(
        "101 with Connection that nobody asked for",
        b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ),
)

_MALFORMED_FIELDS: Final = (
    Malformed("a bare LF behind the status line", b"HTTP/1.1 200 OK\n" + _TWO + b"\r\nok"),
    Malformed("a bare LF behind a field", b"HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nok"),
    Malformed("a bare LF as the empty line", b"HTTP/1.1 200 OK\r\n" + _TWO + b"\nok"),
    Malformed("bare LF everywhere", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    Malformed("a bare CR in a value", answer(b"A: b\rc\r\n" + _TWO)),
    Malformed("a bare CR behind a field", answer(b"A: b\rC: d\r\n" + _TWO)),
    Malformed("a folded value", answer(b"A: b\r\n c\r\n" + _TWO)),
    Malformed("a value folded by a tab", answer(b"A: b\r\n\tc\r\n" + _TWO)),
    Malformed("a space before the first field", answer(b" A: b\r\n" + _TWO)),
    Malformed("a space before the colon", answer(b"A : b\r\n" + _TWO)),
    Malformed("no colon", answer(b"A\r\n" + _TWO)),
    Malformed("no name", answer(b": b\r\n" + _TWO)),
    Malformed("a space in a name", answer(b"A B: c\r\n" + _TWO)),
    Malformed("a NUL in a name", answer(b"A\0B: c\r\n" + _TWO)),
    Malformed("a NUL in a value", answer(b"A: b\0c\r\n" + _TWO)),
    Malformed("an escape in a value", answer(b"A: b\x1bc\r\n" + _TWO)),
    Malformed("a DEL in a value", answer(b"A: b\x7fc\r\n" + _TWO)),
    Malformed("non-ASCII in a name", answer(b"A\xe9: b\r\n" + _TWO)),
    Malformed("a head of 300 KiB", answer(b"A: " + b"b" * 300 * 1024 + b"\r\n" + _TWO)),
    Malformed("5,000 fields", answer((b"A: " + b"b" * 60 + b"\r\n") * 5_000 + _TWO)),
    Malformed("a status line of 300 KiB", answer(line=b"HTTP/1.1 200 " + b"O" * 300 * 1024)),
)

MALFORMED: Final = _MALFORMED_FRAMING + _MALFORMED_LINES + _MALFORMED_FIELDS

BROKEN: Final = (
    Broken("a length and less of a body", answer(b"Content-Length: 9\r\n"), closes=True),
    Broken("a length and no body", answer(b"Content-Length: 9\r\n", b""), closes=True),
    Broken(
        "a length and less of a body, then a reset", answer(b"Content-Length: 9\r\n"), resets=True
    ),
    Broken("a body that ends with a reset", answer(b""), resets=True),
    Broken(
        "a body of HTTP/1.0 that ends with a reset",
        answer(b"", line=b"HTTP/1.0 200 OK"),
        resets=True,
    ),
    *(
        Broken(f"chunks written as {body!r}", chunks(body), closes=True)
        for body in (
            b"",
            b"2",
            b"2\r\n",
            b"2\r\no",
            b"2\r\nok",
            b"2\r\nok\r\n",
            b"2\r\nok\r\n0",
            b"2\r\nok\r\n0\r\n",
            b"2\r\nok\r\n0\r\n\r",
            b"2\r\nok\r\n0\r\nA: b",
            b"2\r\nok\r\n0\r\nA: b\r\n",
        )
    ),
    *(
        Broken(f"chunks written as {body[:40]!r}", chunks(body))
        for body in (
            b"2\r\nok\r\n0x0\r\n\r\n",
            b"2\r\nokk\r\n0\r\n\r\n",
            b"3\r\nok\r\n0\r\n\r\n",
            b"2\r\nok0\r\n\r\n\r\n",
            b"2\r\nok\n0\r\n\r\n",
            b"2\nok\r\n0\r\n\r\n",
            b"2\r\nok\r\n0\n\r\n",
            b"2\r\nok\r\n0\r\n\n",
            b"+2\r\nok\r\n0\r\n\r\n",
            b" 2\r\nok\r\n0\r\n\r\n",
            b"2\r\nok\r\n\r\n0\r\n\r\n",
            b"2;a=b\nc\r\nok\r\n0\r\n\r\n",
            b"2\r\nok\r\ng\r\n\r\n",
            b"2\r\nok\r\n10000000000000000\r\n\r\n",
            b"2\r\nok\r\n0\r\nA : b\r\n\r\n",
            b"2\r\nok\r\n0\r\nA\r\n\r\n",
            b"2\r\nok\r\n0\r\nA: b\r\n c\r\n\r\n",
            b"2\r\nok\r\n0\r\nA: b\0\r\n\r\n",
            b"2;" + b"a" * 80 * 1024 + b"\r\nok\r\n0\r\n\r\n",
        )
    ),
)

SURPLUS: Final = (
    Surplus("a second answer", answer() + answer(body=b"no")),
    Surplus("two more answers", answer() + answer(body=b"no") * 2),
    Surplus("a byte behind the end", answer() + b"x"),
    Surplus("a line end behind the end", answer() + b"\r\n"),
    Surplus("a head behind the end", answer() + b"HTTP/1.1 200 OK\r\n"),
    Surplus("an interim answer behind the end", answer() + b"HTTP/1.1 100 Continue\r\n\r\n"),
    Surplus("a second answer behind chunks", chunks(b"2\r\nok\r\n0\r\n\r\n") + answer(body=b"no")),
    Surplus("a byte behind chunks", chunks(b"2\r\nok\r\n0\r\n\r\n") + b"x"),
    Surplus("a longer body than its length", answer(body=b"okno")),
)
