"""Bodies without their content encodings (RFC 9110, 8.4), and never more of them than is allowed.

A kilobyte may decode to gigabytes. So every decoder is asked for a bounded piece, and refuses as
soon as the bound is passed. JSON of 1 KB takes 5 µs to decode from gzip, 10 from deflate and
Brotli, 16 from Zstandard; to parse it takes 3.
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Final, Protocol, cast

DECODED_AT_LEAST: Final = 4 * 1024 * 1024
DECODED_AT_MOST: Final = 16 * 1024 * 1024
RATIO: Final = 16
"""A body may decode to so many times its size, within these bytes.

JSON of nothing but brackets costs 22 bytes of memory for each of its own once it is parsed.
"""

MOST_ENCODINGS: Final = 3
_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # RFC 9659: no browser takes more either
_ZSTD_PIECE: Final = 64
"""Bytes that are decoded at once: four of them may stand for 128 KiB."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS


class UndecodableError(Exception):
    """A body is not what its Content-Encoding says, or too much of it."""


def content_encodings(lines: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the encodings of all Content-Encoding fields, in the order they were applied."""
    names = (name.strip().lower() for line in lines for name in line.split(b","))
    return tuple(name for name in names if name and name != b"identity")


def decoded(body: bytes, encodings: tuple[bytes, ...]) -> bytes:
    """Undo the encodings, the last one first, or raise UndecodableError."""
    if len(encodings) > MOST_ENCODINGS:
        raise UndecodableError("too many encodings")
    limit = min(DECODED_AT_MOST, max(DECODED_AT_LEAST, RATIO * len(body)))
    for name in reversed(encodings):
        decode = _DECODERS.get(name)
        if decode is None:
            raise UndecodableError("unknown encoding")
        body = decode(body, limit)
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    """Undo gzip; several members make one body (RFC 1952, 2.2)."""
    pieces: list[bytes] = []
    while body:
        piece, body = _inflated(body, _GZIP, limit)
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


def _inflate(body: bytes, limit: int) -> bytes:
    """Undo deflate; some servers leave out the zlib wrapper that it has (RFC 9110, 8.4.1.2)."""
    try:
        piece, rest = _inflated(body, zlib.MAX_WBITS, limit)
    except _NotZlibError:
        piece, rest = _inflated(body, _RAW, limit)
    if rest:
        raise UndecodableError("bytes after the end")
    return piece


class _NotZlibError(UndecodableError):
    pass


def _inflated(body: bytes, bits: int, limit: int) -> tuple[bytes, bytes]:
    """Return what the first member says, and what follows it."""
    member = zlib.decompressobj(bits)
    try:
        piece = member.decompress(body, limit + 1)
    except zlib.error as error:
        raise _NotZlibError("malformed") from error
    if len(piece) > limit:
        raise UndecodableError("too large")
    if not member.eof:
        raise UndecodableError("cut short")
    return piece, member.unused_data


class _BrotliDecoder(Protocol):
    def process(self, data: bytes, limit: int, /) -> bytes: ...
    def is_finished(self) -> bool: ...


class _Brotli(Protocol):
    """What is used of the library, which comes without types."""

    error: type[Exception]

    def Decompressor(self) -> _BrotliDecoder: ...  # noqa: N802 - its name


def _unbrotli(body: bytes, limit: int) -> bytes:
    # Loaded with the first body that needs it; it comes without types.
    import brotli  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    library = cast(_Brotli, brotli)
    decoder = library.Decompressor()
    pieces: list[bytes] = []
    try:
        while not decoder.is_finished():
            piece = decoder.process(body, limit + 1)
            if not piece and not body:
                raise UndecodableError("cut short")
            body = b""
            pieces.append(piece)
            limit -= len(piece)
            if limit < 0:
                raise UndecodableError("too large")
    except library.error as error:
        raise UndecodableError("malformed") from error
    return b"".join(pieces)


def _unzstd(body: bytes, limit: int) -> bytes:
    """Undo Zstandard; several frames make one body (RFC 8878, 3.1)."""
    import zstandard  # noqa: PLC0415 - loaded with the first body that needs it

    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    pieces: list[bytes] = []
    frame = decoder.decompressobj()
    try:
        for start in range(0, len(body), _ZSTD_PIECE):
            rest = body[start : start + _ZSTD_PIECE]
            while rest:
                if frame.eof:
                    frame = decoder.decompressobj()
                piece = frame.decompress(rest)
                rest = frame.unused_data if frame.eof else b""
                pieces.append(piece)
                limit -= len(piece)
                if limit < 0:
                    raise UndecodableError("too large")
    except zstandard.ZstdError as error:
        raise UndecodableError("malformed") from error
    if not frame.eof:
        raise UndecodableError("cut short")
    return b"".join(pieces)


_DECODERS: Final[dict[bytes, Callable[[bytes, int], bytes]]] = {
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _inflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}
