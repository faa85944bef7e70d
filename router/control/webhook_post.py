"""One post to one webhook: signed, in bounded time, and to nobody whom only this machine reaches.

Where a name leads is judged when the socket is made: whoever owns the name may answer with another
address each time (DNS rebinding), and every way to write an address ends here.
"""

import errno
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from router.control.names import Names
from router.control.probe import why
from router.control.webhook_message import Message
from router.settings.destinations import is_inward

AGENT: Final = "gray-router-webhook"

PATIENCE: Final = 10.0
"""Seconds for a post, from the lookup of the name to the answer's head."""

INWARD: Final = "inward"
"""Why nothing was sent to an address of this machine or its link."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Somebody who is told. Its URL may hold a key as well, so only ``site`` is ever shown."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    events: frozenset[str]
    allow_private: bool = False

    @property
    def site(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


Post = Callable[[Hook, Message, float], Awaitable[str]]
"""Send it, at this time; return why it was not taken, or nothing where it was."""


async def post(hook: Hook, message: Message, at: float) -> str:
    """Return why the hook has not taken the message, or nothing where it answered 2xx in time."""
    gate = _Gate(hook.allow_private)
    try:
        status = await _status(hook, message, at, gate)
    except (OSError, ClientError, ValueError) as error:
        return INWARD if gate.has_refused else why(error)
    is_taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return "" if is_taken else f"status {status}"


async def _status(hook: Hook, message: Message, at: float, gate: "_Gate") -> int:
    connector = TCPConnector(
        resolver=Names(), socket_factory=gate.open, use_dns_cache=False, force_close=True
    )
    async with (
        ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=PATIENCE),
            auto_decompress=False,
        ) as session,
        session.post(
            hook.url,
            data=message.body,
            headers={**message.headers(hook.secret, at), "user-agent": AGENT},
            allow_redirects=False,
        ) as answer,
    ):
        return answer.status


class _Gate:
    """Makes the socket for an address, if that may be reached."""

    def __init__(self, is_open: bool) -> None:
        self._is_open = is_open
        self.has_refused = False

    def open(self, found: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = found
        if not self._is_open and is_inward(str(address[0])):
            self.has_refused = True
            raise OSError(errno.EACCES, "the address is this machine's, or its link's")
        return socket.socket(family, kind, protocol)
