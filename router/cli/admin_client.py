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

from router.cli.answers import Shape, is_problem
from router.cli.output import printable
from router.errors import AdminError, AdminRefusedError, AdminUnreachableError

DEFAULT_ADMIN: Final = "http://127.0.0.1:9900"
ADMIN_VARIABLE: Final = "GRAY_ROUTER_ADMIN"

CONNECT_TIMEOUT: Final = 3.0
ANSWER_TIMEOUT: Final = 10.0
"""Seconds. A change is answered within three, whether or not every worker has acknowledged."""

DONE: Final = frozenset({200, 202})
FIRST_REFUSAL: Final = 400

ROUTER_ERROR: Final = "x-gray-error"
"""The port for clients marks its own answers so; the admin API does not."""


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
    """What the admin API said, and which one; `data` is its JSON."""

    status: int
    data: Any
    admin: Address


class _ForeignError(Exception):
    """What listens there answers, but is no admin API; carries what it said."""


def add_admin_option(parser: argparse.ArgumentParser) -> None:
    """Let a command be told whom to ask."""
    parser.add_argument(
        "--admin",
        metavar="URL[,URL]",
        type=addresses,
        default=os.environ.get(ADMIN_VARIABLE) or DEFAULT_ADMIN,
        help="admin API to ask; of several the first that can be reached, which is then named "
        f"(default: {ADMIN_VARIABLE}, or {DEFAULT_ADMIN})",
    )


def addresses(text: str) -> tuple[Address, ...]:
    """Read `URL[,URL…]`."""
    return tuple(_address(part.strip()) for part in text.split(","))


class AdminClient:
    """Asks the first admin API that can be reached."""

    def __init__(self, admins: Sequence[Address]) -> None:
        self._admins = admins

    @property
    def has_choice(self) -> bool:
        """Whether an answer should say which router gave it."""
        return len(self._admins) > 1

    def call(self, method: str, path: str, shape: Shape, body: object = None) -> Answer:
        """Return the answer to a call of `/api/v1`; raise when it is none, or says no."""
        silent: list[str] = []
        foreign: list[str] = []
        for admin in self._admins:
            connection = http.client.HTTPConnection(admin.host, admin.port, timeout=CONNECT_TIMEOUT)
            try:
                connection.connect()
            except OSError as error:
                silent.append(f"{admin}: {error.strerror or error}")
                continue
            with contextlib.closing(connection):
                try:
                    return _exchange(connection, admin, _Call(method, path, shape, body))
                except _ForeignError as error:
                    foreign.append(f"{admin} answers, but is no admin API of Gray Router ({error})")
        raise _unreachable(silent, foreign)


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    shape: Shape
    body: object


def _unreachable(silent: Sequence[str], foreign: Sequence[str]) -> AdminUnreachableError:
    if not silent:
        return AdminUnreachableError("; ".join(foreign) + ".")
    return AdminUnreachableError(
        "No admin API could be reached:\n"
        + "".join(f"  {failure}\n" for failure in [*silent, *foreign])
        + "Is `gray-router serve` running there? "
        f"Another address is given by --admin or {ADMIN_VARIABLE}."
    )


def _exchange(connection: http.client.HTTPConnection, admin: Address, call: _Call) -> Answer:
    content = None if call.body is None else json.dumps(call.body).encode()
    headers = {} if call.body is None else {"Content-Type": "application/json"}
    try:
        if connection.sock is not None:
            connection.sock.settimeout(ANSWER_TIMEOUT)
        connection.request(call.method, f"/api/v1{call.path}", content, headers)
        response = connection.getresponse()
        received = response.read()
    except (OSError, http.client.IncompleteRead) as error:
        raise AdminError(_lost(admin, call.method, error)) from error
    except http.client.HTTPException as error:
        raise _ForeignError("it does not speak HTTP") from error
    return _understood(Answer(response.status, _read(response, received), admin), response, call)


def _understood(answer: Answer, response: http.client.HTTPResponse, call: _Call) -> Answer:
    """Return an answer that is one; a stranger's yes or no is neither."""
    code = response.headers.get(ROUTER_ERROR)
    if code is not None:
        raise _ForeignError(f"{answer.status} {printable(code)}")
    if answer.status in DONE and call.shape(answer.data):
        return answer
    if answer.status >= FIRST_REFUSAL and is_problem(answer.data):
        lines = [answer.data["detail"], *answer.data.get("problems", ())]
        told = "\n  ".join(map(printable, lines))
        raise AdminRefusedError(f"Refused by {answer.admin}: {told}", answer.data)
    raise _ForeignError(f"{answer.status}, and other JSON")


def _lost(admin: Address, method: str, error: Exception) -> str:
    if method == "GET":
        return f"{admin} took the question, but gave no answer: {error}"
    return (
        f"{admin} took the command, but gave no answer ({error}). "
        "Whether it was carried out is not known: look with `gray-router status`."
    )


def _read(response: http.client.HTTPResponse, received: bytes) -> Any:
    try:
        return json.loads(received)
    except (ValueError, RecursionError) as error:
        raise _ForeignError(f"{response.status}, and no JSON") from error


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
