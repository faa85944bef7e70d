"""One question and its answer, for checks outside of a measurement."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of header fields are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def get(
    port: int, target: str, headers: Mapping[str, str], *, tls: ssl.SSLContext | None = None
) -> Answer:
    """Ask a server on this machine by a connection of its own."""
    return _ask(_connect(port, tls), target, headers)


def post(
    port: int,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send a server on this machine a body by a connection of its own."""
    return _ask(_connect(port, tls), target, headers, body)


def _connect(port: int, tls: ssl.SSLContext | None) -> http.client.HTTPConnection:
    if tls is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT, context=tls)


def _ask(
    connection: http.client.HTTPConnection,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Answer:
    try:
        connection.request("GET" if body is None else "POST", target, body, dict(headers))
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
    finally:
        connection.close()
