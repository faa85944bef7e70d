"""The client of the admin API, for commands that must start at once: http.client, no framework."""

import contextlib
import http.client
import json  # noqa: TID251 - orjson takes 12 ms longer to import, a tenth of what a command may take
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from router.cli.access import ADMIN_VARIABLE, TOKEN_VARIABLE, Access
from router.cli.address import Address
from router.cli.answers import Shape, is_problem
from router.cli.output import printable
from router.errors import AdminError, AdminRefusedError, AdminUnreachableError, UsageError

LARGEST_ANSWER: Final = 32 * 1024 * 1024
"""Bytes. A thousand services take about one million."""

PIECE: Final = 64 * 1024

ANSWER_TIMEOUT: Final = 10.0
"""Seconds. A change is answered within three, whether or not every worker has acknowledged."""

DONE: Final = frozenset({200, 202})
FIRST_REFUSAL: Final = 400

ROUTER_ERROR: Final = "x-gray-error"
"""The port for clients marks its own answers so; the admin API does not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the admin API said, and which one; `data` is its JSON."""

    status: int
    data: Any
    admin: Address


LONGEST_PATH: Final = 8_000
"""Characters; of a first line with more than 8,190 the API reads nothing."""


class ForeignError(Exception):
    """What listens there answers, but is no admin API; carries what it said."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of `/api/v1`; `shape` is what its answer looks like."""

    method: str
    path: str
    shape: Shape
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def send(self, connection: http.client.HTTPConnection, access: Access) -> None:
        """Send it; raise OSError."""
        content = None if self.body is None else json.dumps(self.body).encode()
        typed = {} if self.body is None else {"Content-Type": "application/json"}
        headers = {**typed, **self.headers, **access.headers}
        connection.request(self.method, f"/api/v1{self.path}", content, headers)


Read = Callable[[http.client.HTTPResponse, Address], Answer]


class AdminClient:
    """Asks the first admin API that can be reached."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @property
    def has_choice(self) -> bool:
        """Whether an answer should say which router gave it."""
        return len(self._access.admins) > 1

    def call(
        self,
        method: str,
        path: str,
        shape: Shape,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a call of `/api/v1`; raise when it is none, or says no."""
        call = Call(method, path, shape, body, headers or {})
        return self.ask(call, partial(read_answer, shape=shape, access=self._access))

    def ask(self, call: Call, read: Read) -> Answer:
        """Return the answer as ``read`` reads it, which may be told of it bit by bit."""
        if len(call.path) > LONGEST_PATH:
            raise UsageError(
                f"what is asked for is too long: {len(call.path):,} characters as a URL, of which "
                f"an admin API takes {LONGEST_PATH:,}; letters beyond ASCII count several times"
            )
        silent: list[str] = []
        foreign: list[str] = []
        for admin in self._access.admins:
            try:
                connection = self._access.connect(admin)
            except OSError as error:
                silent.append(f"{admin}: {why_silent(error)}")
                continue
            with contextlib.closing(connection):
                try:
                    return self._exchange(connection, admin, call, read)
                except ForeignError as error:
                    foreign.append(is_foreign(admin, error))
        raise unreachable(silent, foreign)

    def _exchange(
        self, connection: http.client.HTTPConnection, admin: Address, call: Call, read: Read
    ) -> Answer:
        try:
            connection.sock.settimeout(ANSWER_TIMEOUT)
            call.send(connection, self._access)
            with connection.getresponse() as response:
                return read(response, admin)
        except (OSError, http.client.IncompleteRead) as error:
            told = _lost(admin, call.method, error) + self._access.doubt(admin)
            raise AdminError(told) from error
        except http.client.HTTPException as error:
            raise ForeignError("it does not speak HTTP") from error


def read_answer(
    response: http.client.HTTPResponse, admin: Address, shape: Shape, access: Access
) -> Answer:
    """Read an answer that comes in one piece."""
    received = whole(response, time.monotonic() + ANSWER_TIMEOUT)
    return understood(admin, response, received, shape, access)


def whole(response: http.client.HTTPResponse, until: float) -> bytes:
    """Read an answer to its end; whatever sends on and on, or bit by bit, is no admin API.

    ``until``: by `time.monotonic`. A socket's timeout alone begins anew with each byte.
    """
    received = bytearray()
    while piece := response.read1(PIECE):
        received += piece
        if len(received) > LARGEST_ANSWER:
            raise ForeignError(f"{response.status}, and more than it could have to say")
        if time.monotonic() > until:
            raise TimeoutError("timed out")
    if response.length:
        raise http.client.IncompleteRead(bytes(received), response.length)
    return bytes(received)


def understood(
    admin: Address,
    response: http.client.HTTPResponse,
    received: bytes,
    shape: Shape,
    access: Access,
) -> Answer:
    """Return an answer that is one; a stranger's yes or no is neither."""
    data = _read(response, received)
    code = response.headers.get(ROUTER_ERROR)
    if code is not None:
        raise ForeignError(f"{response.status} {printable(code)}")
    if response.status in DONE and shape(data):
        return Answer(response.status, data, admin)
    if response.status >= FIRST_REFUSAL and is_problem(data):
        lines = [data["detail"], *data.get("problems", ())]
        if response.status == HTTPStatus.UNAUTHORIZED and access.token is None:
            lines.append(f"give a token by {TOKEN_VARIABLE} or --token-file")
        told = "\n  ".join(map(printable, lines))
        raise AdminRefusedError(f"Refused by {admin}: {told}", data)
    raise ForeignError(f"{response.status}, and other JSON")


def is_foreign(admin: Address, error: ForeignError) -> str:
    """Say what is there instead of an admin API."""
    return f"{admin} answers, but is no admin API of Gray Router ({error})"


def why_silent(error: OSError) -> str:
    """Say why there is no connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); --ca names whom to trust"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection ({error.reason or error})"
    return error.strerror or str(error)


def unreachable(silent: Sequence[str], foreign: Sequence[str]) -> AdminUnreachableError:
    """Say who was asked, and why none of them answered."""
    if not silent:
        return AdminUnreachableError("; ".join(foreign) + ".")
    return AdminUnreachableError(
        "No admin API could be reached:\n"
        + "".join(f"  {failure}\n" for failure in [*silent, *foreign])
        + "Is `gray-router serve` running there? "
        f"Another address is given by --admin or {ADMIN_VARIABLE}."
    )


def _lost(admin: Address, method: str, error: Exception) -> str:
    if method == "GET":
        return f"{admin} took the question, but gave no answer: {error}."
    return (
        f"{admin} took the command, but gave no answer ({error}). "
        "Whether it was carried out is not known: look with `gray-router status`."
    )


def _read(response: http.client.HTTPResponse, received: bytes) -> Any:
    try:
        return json.loads(received)
    except (ValueError, RecursionError) as error:
        raise ForeignError(f"{response.status}, and no JSON") from error
