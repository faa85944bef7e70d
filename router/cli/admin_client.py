"""The client of the admin API, for commands that must start at once: http.client, no framework."""

import argparse
import contextlib
import http.client
import json  # noqa: TID251 - orjson takes 12 ms longer to import, a tenth of what a command may take
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from router.errors import AdminError, AdminRefusedError, AdminUnreachableError

DEFAULT_ADMIN: Final = "http://127.0.0.1:9900"
ADMIN_VARIABLE: Final = "GRAY_ROUTER_ADMIN"

CONNECT_TIMEOUT: Final = 3.0
ANSWER_TIMEOUT: Final = 10.0
"""Seconds. A change is answered within three, whether or not every worker has acknowledged."""

FIRST_REFUSAL: Final = 400


@dataclass(frozen=True, slots=True)
class Address:
    """Where an admin API listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the admin API said; `data` is its JSON."""

    status: int
    data: Any


def add_admin_option(parser: argparse.ArgumentParser) -> None:
    """Let a command be told whom to ask."""
    parser.add_argument(
        "--admin",
        metavar="URL[,URL]",
        type=addresses,
        default=os.environ.get(ADMIN_VARIABLE) or DEFAULT_ADMIN,
        help="admin API to ask; of several the first that can be reached "
        f"(default: {ADMIN_VARIABLE}, or {DEFAULT_ADMIN})",
    )


def addresses(text: str) -> tuple[Address, ...]:
    """Read `URL[,URL…]`."""
    return tuple(_address(part.strip()) for part in text.split(","))


class AdminClient:
    """Asks the first admin API that can be reached."""

    def __init__(self, admins: Sequence[Address]) -> None:
        self._admins = admins

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Return the answer to a call of `/api/v1`; raise when it is none, or says no."""
        failures: list[str] = []
        for admin in self._admins:
            connection = http.client.HTTPConnection(admin.host, admin.port, timeout=CONNECT_TIMEOUT)
            try:
                connection.connect()
            except OSError as error:
                failures.append(f"{admin}: {error.strerror or error}")
                continue
            with contextlib.closing(connection):
                return _exchange(connection, admin, method, path, body)
        raise AdminUnreachableError(
            "No admin API could be reached:\n"
            + "".join(f"  {failure}\n" for failure in failures)
            + "Is `gray-router serve` running there? "
            f"Another address is given by --admin or {ADMIN_VARIABLE}."
        )


def _exchange(
    connection: http.client.HTTPConnection, admin: Address, method: str, path: str, body: object
) -> Answer:
    content = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        if connection.sock is not None:
            connection.sock.settimeout(ANSWER_TIMEOUT)
        connection.request(method, f"/api/v1{path}", content, headers)
        response = connection.getresponse()
        status, received = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise AdminError(_lost(admin, method, error)) from error
    answer = Answer(status, _read(admin, status, received))
    if status >= FIRST_REFUSAL:
        raise AdminRefusedError(f"Refused by {admin}: {_detail(answer)}")
    return answer


def _lost(admin: Address, method: str, error: Exception) -> str:
    if method == "GET":
        return f"{admin} took the question, but gave no answer: {error}"
    return (
        f"{admin} took the command, but gave no answer ({error}). "
        "Whether it was carried out is not known: look with `gray-router status`."
    )


def _read(admin: Address, status: int, received: bytes) -> Any:
    try:
        return json.loads(received)
    except ValueError as error:
        raise AdminError(
            f"What listens on {admin} is no admin API of Gray Router: it answered {status}, "
            "and not in JSON."
        ) from error


def _detail(answer: Answer) -> str:
    try:
        return str(answer.data["detail"])
    except (KeyError, TypeError, IndexError):
        return f"status {answer.status}"


def _address(url: str) -> Address:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{url!r} is no URL: {error}") from error
    if parts.scheme != "http" or not host or parts.path.strip("/") or parts.query:
        raise argparse.ArgumentTypeError(
            f"{url!r} is not the address of an admin API; it looks like {DEFAULT_ADMIN}"
        )
    return Address(host, port or 80)
