"""How bodies are written: always anew, in the one framing that the head announced."""

from typing import Final

from router.http1.names import DEFAULT_PREFIX

LAST_CHUNK: Final = b"0\r\n\r\n"


def chunk(payload: bytes) -> bytes:
    """Write one chunk; an empty payload is no chunk, since that would end the body."""
    return b"%x\r\n%b\r\n" % (len(payload), payload) if payload else b""


def last_chunk(trailers: list[tuple[bytes, bytes]], own_prefix: bytes) -> bytes:
    """Write the end of a chunked body; trailers that speak in our name are left out."""
    if not trailers:
        return LAST_CHUNK
    lines = [
        b"%b: %b\r\n" % field
        for field in trailers
        if not field[0].lower().replace(b"_", b"-").startswith((own_prefix, DEFAULT_PREFIX))
    ]
    return b"0\r\n%b\r\n" % b"".join(lines)
