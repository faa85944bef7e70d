"""Requests whose end could be seen in two places, by what the head says of the body."""

from typing import Final

from tests.integration.conformance.build import HOST, Refused, chunked, get, post

LAST: Final = b"0\r\n\r\n"
UNKNOWN_CODING: Final = (400, 501)


def _length(value: bytes) -> bytes:
    return post(b"Content-Length: " + value + b"\r\n", b"wxyz")


def _coding(line: bytes) -> bytes:
    return post(line + b"\r\n", LAST)


def _on_1_0(fields: bytes, body: bytes = LAST) -> bytes:
    return b"POST /case HTTP/1.0\r\n" + HOST + fields + b"\r\n" + body


_BOTH: Final = (
    Refused(
        "a length, then a coding",
        post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", LAST),
    ),
    Refused(
        "a coding, then a length",
        post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", LAST),
    ),
    Refused(
        "a length shorter than the coded body",
        post(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", LAST),
    ),
    Refused(
        "a length of zero and a coding",
        post(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", LAST),
    ),
    Refused(
        "an empty length and a coding",
        post(b"Content-Length:\r\nTransfer-Encoding: chunked\r\n", LAST),
        (400, 501),
    ),
    Refused(
        "a length and an unknown coding",
        post(b"Content-Length: 4\r\nTransfer-Encoding: x\r\n", b"wxyz"),
        UNKNOWN_CODING,
    ),
    Refused(
        "a length and the coding identity",
        post(b"Content-Length: 4\r\nTransfer-Encoding: identity\r\n", b"wxyz"),
        UNKNOWN_CODING,
    ),
    Refused(
        "a length and an empty coding",
        post(b"Content-Length: 4\r\nTransfer-Encoding:\r\n", b"wxyz"),
        UNKNOWN_CODING,
    ),
    Refused(
        "a length and a coding in a GET",
        get(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + LAST,
    ),
    Refused(
        "a length and a coding in odd case",
        post(b"cOnTeNt-LeNgTh: 5\r\ntRANSFER-eNCODING: cHUNKED\r\n", LAST),
    ),
    Refused(
        "a length and a coding far apart",
        post(b"Content-Length: 5\r\n" + b"X: y\r\n" * 20 + b"Transfer-Encoding: chunked\r\n", LAST),
    ),
    Refused(
        "a length and a coding that Connection nominates",
        post(
            b"Connection: transfer-encoding\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            LAST,
        ),
    ),
    Refused(
        "a coding and a length that Connection nominates",
        post(
            b"Connection: content-length\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            LAST,
        ),
    ),
)

_REPEATED_LENGTHS: Final = (
    Refused("two equal lengths", post(b"Content-Length: 4\r\nContent-Length: 4\r\n", b"wxyz")),
    Refused("two lengths", post(b"Content-Length: 4\r\nContent-Length: 0\r\n", b"wxyz")),
    Refused(
        "two lengths in two cases", post(b"Content-Length: 4\r\ncontent-length: 5\r\n", b"wxyz")
    ),
    Refused("two lengths, one empty", post(b"Content-Length: 4\r\nContent-Length:\r\n", b"wxyz")),
    Refused(
        "two lengths far apart",
        post(b"Content-Length: 4\r\n" + b"X: y\r\n" * 20 + b"Content-Length: 4\r\n", b"wxyz"),
    ),
    Refused("a GET with two lengths", get(b"Content-Length: 0\r\nContent-Length: 0\r\n")),
)

_LENGTHS: Final = tuple(
    Refused(f"a length written as {value!r}", _length(value), statuses)
    for value, statuses in (
        (b"", (400, 411)),
        (b"4, 4", (400,)),
        (b"4,4", (400,)),
        (b"4, 0", (400,)),
        (b"4,", (400,)),
        (b",4", (400,)),
        (b"+4", (400,)),
        (b"-4", (400,)),
        (b"-0", (400,)),
        (b"4 4", (400,)),
        (b"4\t4", (400,)),
        (b"4 x", (400,)),
        (b"0x4", (400,)),
        (b"4h", (400,)),
        (b"four", (400,)),
        (b"4.0", (400,)),
        (b"4e0", (400,)),
        (b"4_0", (400,)),
        (b"4;q=1", (400,)),
        (b'"4"', (400,)),
        (b"'4'", (400,)),
        (b"(4)", (400,)),
        (b"4\x00", (400,)),
        (b"\x0b4", (400,)),
        (b"\x0c4", (400,)),
        (b"4\x0b", (400,)),
        (b"\xa04", (400,)),
        (b"\xef\xbc\x94", (400,)),  # a full-width 4: a digit by Unicode, not by HTTP
        (b"\xd9\xa4", (400,)),  # an Arabic 4
        (b"9223372036854775808", (400, 413)),  # 2^63
        (b"18446744073709551615", (400, 413)),
        (b"18446744073709551616", (400, 413)),
        (b"18446744073709551620", (400, 413)),  # 2^64 + 4
        (b"9" * 100, (400, 413)),
    )
)

_LENGTH_NAMES: Final = (
    Refused("a space before the length's colon", post(b"Content-Length : 4\r\n", b"wxyz")),
    Refused("a tab before the length's colon", post(b"Content-Length\t: 4\r\n", b"wxyz")),
    Refused("a NUL before the length's colon", post(b"Content-Length\0: 4\r\n", b"wxyz")),
    Refused("a length without a colon", post(b"Content-Length 4\r\n", b"wxyz")),
    Refused("a length that is folded", post(b"Content-Length:\r\n 4\r\n", b"wxyz")),
    Refused("a length that goes on folded", post(b"Content-Length: 4\r\n 4\r\n", b"wxyz")),
    Refused("an indented length", post(b"X: y\r\n Content-Length: 4\r\n", b"wxyz")),
    Refused("a length with an underscore", post(b"Content_Length: 4\r\n", b"wxyz")),
    Refused("a length behind a bare CR", post(b"X: y\rContent-Length: 4\r\n", b"wxyz")),
    Refused("a length behind a bare LF", post(b"X: y\nContent-Length: 4\r\n", b"wxyz")),
)

_CODINGS: Final = tuple(
    Refused(f"a coding written as {value!r}", _coding(b"Transfer-Encoding: " + value), statuses)
    for value, statuses in (
        (b"", UNKNOWN_CODING),
        (b"gzip, chunked", UNKNOWN_CODING),
        (b"gzip,chunked", UNKNOWN_CODING),
        (b"deflate, chunked", UNKNOWN_CODING),
        (b"identity, chunked", UNKNOWN_CODING),
        (b"chunked, gzip", UNKNOWN_CODING),
        (b"chunked, identity", UNKNOWN_CODING),
        (b"chunked, chunked", UNKNOWN_CODING),
        (b"chunked,chunked", UNKNOWN_CODING),
        (b",chunked", UNKNOWN_CODING),
        (b", chunked", UNKNOWN_CODING),
        (b"chunked,", UNKNOWN_CODING),
        (b"gzip", UNKNOWN_CODING),
        (b"identity", UNKNOWN_CODING),
        (b"cow", UNKNOWN_CODING),
        (b"xchunked", UNKNOWN_CODING),
        (b"chunkedx", UNKNOWN_CODING),
        (b"chunke", UNKNOWN_CODING),
        (b"x chunked", UNKNOWN_CODING),
        (b"chunked x", UNKNOWN_CODING),
        (b"chun ked", UNKNOWN_CODING),
        (b"chunked;q=1", UNKNOWN_CODING),
        (b"chunked;", UNKNOWN_CODING),
        (b"chunked; x", UNKNOWN_CODING),
        (b'"chunked"', UNKNOWN_CODING),
        (b"'chunked'", UNKNOWN_CODING),
        (b"[chunked]", UNKNOWN_CODING),
        (b"chunked:", UNKNOWN_CODING),
        (b"\x0bchunked", UNKNOWN_CODING),
        (b"chunked\x0b", UNKNOWN_CODING),
        (b"\x0cchunked", UNKNOWN_CODING),
        (b"chunked\x0c", UNKNOWN_CODING),
        (b"\x00chunked", UNKNOWN_CODING),
        (b"chunked\x00", UNKNOWN_CODING),
        (b"\xa0chunked", UNKNOWN_CODING),
        (b"chunked\xa0", UNKNOWN_CODING),
        (b"\xc5\xbfhunked", UNKNOWN_CODING),
        (b"chun\xe2\x84\xaaed", UNKNOWN_CODING),  # KELVIN SIGN, which lower-cases to k
    )
)

_CODING_LINES: Final = (
    Refused("chunked twice", _coding(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
    Refused(
        "gzip and chunked in two fields",
        _coding(b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
        UNKNOWN_CODING,
    ),
    Refused(
        "chunked and identity in two fields",
        _coding(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        UNKNOWN_CODING,
    ),
    Refused(
        "chunked and an unknown coding in two fields",
        _coding(b"Transfer-Encoding: chunked\r\nTransfer-encoding: cow"),
        UNKNOWN_CODING,
    ),
    Refused(
        "chunked and nothing in two fields",
        _coding(b"Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
        UNKNOWN_CODING,
    ),
    Refused("a folded coding", _coding(b"Transfer-Encoding:\r\n chunked")),
    Refused("a coding folded by a tab", _coding(b"Transfer-Encoding:\r\n\tchunked")),
    Refused("a coding that goes on folded", _coding(b"Transfer-Encoding: chunked\r\n , gzip")),
    Refused("a coding folded at a bare LF", _coding(b"Transfer-Encoding:\n chunked")),
    Refused("an indented coding", _coding(b"X: y\r\n Transfer-Encoding: chunked")),
    Refused("a space before the coding's colon", _coding(b"Transfer-Encoding : chunked")),
    Refused("a tab before the coding's colon", _coding(b"Transfer-Encoding\t: chunked")),
    Refused("a VT before the coding's colon", _coding(b"Transfer-Encoding\x0b: chunked")),
    Refused("a NUL in the coding's name", _coding(b"Transfer\x00-Encoding: chunked")),
    Refused("a coding with an underscore", _coding(b"Transfer_Encoding: chunked")),
    Refused("a space in the coding's name", _coding(b"Transfer Encoding: chunked")),
    Refused("a coding behind a bare CR", _coding(b"X: y\rTransfer-Encoding: chunked")),
    Refused("a coding behind a bare LF", _coding(b"X: y\nTransfer-Encoding: chunked")),
    Refused("a coding behind an empty name", _coding(b":Transfer-Encoding: chunked")),
    Refused("a coding that ends with a bare LF", post(b"Transfer-Encoding: chunked\n", LAST)),
    Refused("a coding that ends with CR CR LF", post(b"Transfer-Encoding: chunked\r\r\n", LAST)),
    Refused("a coding on HTTP/1.0", _on_1_0(b"Transfer-Encoding: chunked\r\n")),
    Refused("an unknown coding on HTTP/1.0", _on_1_0(b"Transfer-Encoding: x\r\n"), UNKNOWN_CODING),
    Refused(
        "a coding and a length on HTTP/1.0",
        _on_1_0(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
    ),
    Refused(
        "a coding on a kept HTTP/1.0 connection",
        _on_1_0(b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n"),
    ),
)

_UPGRADES: Final = (
    Refused(
        "an upgrade with a length",
        post(b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\n", b"wxyz"),
    ),
    Refused(
        "an upgrade with a coding",
        chunked(LAST, b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    ),
    Refused(
        "a GET that asks for an upgrade with a body",
        get(b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\n") + b"wxyz",
    ),
)

REFUSED_FRAMING: Final = (
    _BOTH + _REPEATED_LENGTHS + _LENGTHS + _LENGTH_NAMES + _CODINGS + _CODING_LINES + _UPGRADES
)
