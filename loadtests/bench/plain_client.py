"""A client's connection at its plainest: a socket, one question, one whole answer.

Scenes that hold thousands of clients, or time single requests, need one that costs little and does
nothing by itself.
"""

import re
import socket
import ssl
from typing import Final

TIMEOUT: Final = 20.0
"""Seconds until an answer is given up."""
END_OF_HEAD: Final = b"\r\n\r\n"
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
GOOD: Final = b"HTTP/1.1 200 "
BLOCK: Final = 65_536


class BadAnswerError(Exception):
    """An answer was cut, or was no 200."""


def question(user: str, target: str = "/v1/answer") -> bytes:
    """Return a request as bytes."""
    head = f"GET {target} HTTP/1.1\r\nhost: bench.example.com\r\nx-user-id: {user}\r\n\r\n"
    return head.encode()


def is_whole(answer: bytes) -> bool:
    """Tell whether all that the head announces is there; only answers with a length are known."""
    head, found, body = answer.partition(END_OF_HEAD)
    if not found:
        return False
    length = LENGTH.search(head)
    if length is None:
        raise BadAnswerError(f"no length in {head[:80]!r}")
    return len(body) >= int(length.group(1))


def is_good(answer: bytes) -> bool:
    """Tell whether it is a 200."""
    return answer.startswith(GOOD)


def connect(port: int, tls: ssl.SSLContext | None = None) -> socket.socket:
    """Open a connection to this machine; with TLS the handshake is done when this returns."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection if tls is None else tls.wrap_socket(connection, server_hostname="127.0.0.1")


def ask(connection: socket.socket, request: bytes) -> None:
    """Send one question, and return when its answer is there; raise unless it is good."""
    connection.sendall(request)
    answer = b""
    while not answer or not is_whole(answer):
        block = connection.recv(BLOCK)
        if not block:
            break
        answer += block
    if not is_good(answer) or not is_whole(answer):
        raise BadAnswerError(f"the answer was {answer[:80]!r}")
