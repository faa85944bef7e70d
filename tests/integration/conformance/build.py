"""The words in which the cases are written: raw requests, and what should become of them."""

from dataclasses import dataclass
from typing import Final

HOST: Final = b"Host: service.example\r\n"
TRAILING: Final = b"GET /smuggled HTTP/1.1\r\nHost: service.example\r\n\r\n"
"""The request that some cases carry behind them."""


def get(
    fields: bytes = b"",
    *,
    target: bytes = b"/case",
    host: bytes = HOST,
    method: bytes = b"GET",
    version: bytes = b"HTTP/1.1",
) -> bytes:
    """A request without a body."""
    return method + b" " + target + b" " + version + b"\r\n" + host + fields + b"\r\n"


def post(fields: bytes, body: bytes = b"") -> bytes:
    return get(fields, method=b"POST") + body


def chunked(body: bytes, fields: bytes = b"") -> bytes:
    return post(fields + b"Transfer-Encoding: chunked\r\n", body)


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes that must not be passed on, and the statuses that may say so."""

    name: str
    raw: bytes
    statuses: tuple[int, ...] = (400,)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A valid request, and how the backend must see it.

    has: fields that must arrive with exactly this value. lacks: fields that must not arrive.
    ends: the connection ends after this request by HTTP's rules; None leaves it to the server.
    """

    name: str
    raw: bytes
    method: bytes = b"GET"
    target: bytes = b"/case"
    body: bytes = b""
    has: tuple[tuple[bytes, bytes], ...] = ()
    lacks: tuple[bytes, ...] = ()
    trailers: tuple[tuple[bytes, bytes], ...] = ()
    ends: bool | None = False


@dataclass(frozen=True, slots=True)
class Either:
    """A request that may be refused, or passed on in the one spelling that nobody misreads."""

    name: str
    raw: bytes


def shown(byte: int) -> str:
    return f"0x{byte:02x}"
