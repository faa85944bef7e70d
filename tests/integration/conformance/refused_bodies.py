"""Requests whose head is fine and whose chunks are not. Their heads may have gone out already."""

from typing import Final

from tests.integration.conformance.build import Refused, chunked, shown
from tests.integration.conformance.refused_heads import CONTROLS

LAST: Final = b"0\r\n\r\n"
CHUNK: Final = b"4\r\nwxyz\r\n"


def _size(size: bytes) -> bytes:
    return chunked(size + b"\r\nwxyz\r\n" + LAST)


_SIZES: Final = (
    *(
        Refused(f"a chunk size written as {size!r}", _size(size))
        for size in (
            b"",
            b" ",
            b"0x4",
            b"0X4",
            b"x4",
            b"+4",
            b"-4",
            b"-0",
            b" 4",
            b"\t4",
            b"4 ",
            b"4\t",
            b"4 4",
            b"4,",
            b"4.0",
            b"4_0",
            b"4h",
            b"g",
            b"wxyz",
            b"'4'",
            b'"4"',
            b"4\x00",
            b"\x0b4",
            b"4\x0b",
            b"4\x0c",
            b"\xa04",
            b"\xef\xbc\x94",
            b"4 a=b",
            b"4=a",
            b"4:a",
            b"4#a",
            b"10000000000000004",  # 2^64 + 4
            b"F" * 17,
            b"F" * 100,
        )
    ),
    Refused("a chunk size with a bare LF", chunked(b"4\nwxyz\r\n" + LAST)),
    Refused("a chunk size with a bare CR", chunked(b"4\rwxyz\r\n" + LAST)),
    Refused("a chunk size with CR CR LF", chunked(b"4\r\r\nwxyz\r\n" + LAST)),
    Refused("a chunk size with LF CR", chunked(b"4\n\rwxyz\r\n" + LAST)),
    Refused("a second chunk size in hex notation", chunked(CHUNK + b"0x4\r\nwxyz\r\n" + LAST)),
    Refused("a second chunk size that is negative", chunked(CHUNK + b"-1\r\n\r\n" + LAST)),
    Refused("an empty line in front of the first chunk", chunked(b"\r\n" + CHUNK + LAST)),
)

_ENDS: Final = (
    Refused("a chunk without an end", chunked(b"4\r\nwxyz" + LAST)),
    Refused("a chunk that ends with a bare LF", chunked(b"4\r\nwxyz\n" + LAST)),
    Refused("a chunk that ends with a bare CR", chunked(b"4\r\nwxyz\r" + LAST)),
    Refused("a chunk that ends with LF CR", chunked(b"4\r\nwxyz\n\r" + LAST)),
    Refused("a chunk that ends with CR CR LF", chunked(b"4\r\nwxyz\r\r\n" + LAST)),
    Refused("a chunk that ends with two other bytes", chunked(b"4\r\nwxyzXX" + LAST)),
    Refused("a chunk longer than its size", chunked(b"3\r\nwxyz\r\n" + LAST)),
    Refused("a chunk shorter than its size", chunked(b"5\r\nwxyz\r\n" + LAST)),
    Refused("an empty line between two chunks", chunked(CHUNK + b"\r\n" + CHUNK + LAST)),
    Refused("a last chunk with a bare LF", chunked(CHUNK + b"0\n\r\n")),
    Refused("a last chunk with bare LFs", chunked(CHUNK + b"0\n\n")),
    Refused("a last chunk and a bare LF", chunked(CHUNK + b"0\r\n\n")),
    Refused("a last chunk and a bare CR", chunked(CHUNK + b"0\r\n\rX\r\n\r\n")),
    Refused("a last chunk with CR CR LF", chunked(CHUNK + b"0\r\r\n\r\n")),
    Refused("a last chunk in hex notation", chunked(CHUNK + b"0x0\r\n\r\n")),
    Refused("a last chunk with a sign", chunked(CHUNK + b"+0\r\n\r\n")),
)

_EXTENSIONS: Final = (
    *(
        Refused(f"a chunk extension written as {extension!r}", _size(b"4" + extension))
        for extension in (
            b";a=b\nc",
            b";a\n",
            b";\n",
            b";a=\n",
            b";a=b\rc",
            b";a\rb",
            b';a="b\nc"',
            b';a="b\rc"',
            b';a="b\x00c"',
            b';a="b',
            b';a="b"c',
            b";=b",
            b";a=b=c",
            b";a b",
            b";a=b c",
            b";a,b",
            b";a(b)",
            b";a@b",
            b";\xe9=b",
        )
    ),
    *(
        Refused(f"a {shown(byte)} in a chunk extension", _size(b"4;a" + bytes([byte]) + b"b"))
        for byte in CONTROLS
    ),
    Refused("a bare LF in the last chunk's extension", chunked(b"0;a\n\r\n\r\n")),
    Refused(
        "a request hidden behind a bare LF in an extension",
        chunked(
            b"2;\nxx\r\n4c\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: service.example\r\n\r\n"
        ),
    ),
    Refused("a chunk extension of 80 KiB", _size(b"4;a=" + b"b" * 80 * 1024), (400, 413, 431)),
    Refused("a chunk size of 80 KiB", _size(b"0" * 80 * 1024 + b"4"), (400, 413, 431)),
)

_TRAILERS: Final = (
    *(
        Refused(
            f"a trailer written as {trailer!r}", chunked(CHUNK + b"0\r\n" + trailer + b"\r\n\r\n")
        )
        for trailer in (
            b"A",
            b"A b",
            b": b",
            b"A : b",
            b"A\t: b",
            b" A: b",
            b"A: b\r\n c",
            b"A:\r\n b",
            b"A: b\nC: d",
            b"A: b\rC: d",
            b"A: b\rc",
            b"A: b\x00c",
            b"A\x00: b",
            b"A(B): c",
            b"A\xe9: b",
        )
    ),
    Refused("a trailer that ends with a bare LF", chunked(CHUNK + b"0\r\nA: b\n\r\n")),
    Refused("trailers that end with a bare LF", chunked(CHUNK + b"0\r\nA: b\r\n\n")),
    Refused(
        "a trailer of 80 KiB",
        chunked(b"0\r\nA: " + b"b" * 80 * 1024 + b"\r\n\r\n"),
        (400, 413, 431),
    ),
    Refused("5,000 trailers", chunked(b"0\r\n" + b"A: b\r\n" * 5_000 + b"\r\n"), (400, 413, 431)),
)

REFUSED_BODIES: Final = _SIZES + _ENDS + _EXTENSIONS + _TRAILERS
