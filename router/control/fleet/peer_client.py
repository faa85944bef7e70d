"""Tells one other replica of a rollback directly, and returns its words upon it."""

import asyncio
import ssl
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)

from router.control.fleet.envelopes import Seal
from router.control.fleet.messages import (
    CALL,
    LARGEST,
    WORDS,
    Call,
    Words,
    read,
    read_words,
    write_call,
)
from router.control.fleet.peer_site import PATH, UNTIMELY
from router.control.names import Names
from router.control.probe import why
from router.errors import PeerError, PeerMessageError
from router.replica.membership import Presence
from router.replica.sealing import Message, retimed

AGENT: Final = "gray-router-peer"

CONNECT_WITHIN: Final = 0.5
"""Seconds for a connection, its lookup and handshake included."""

ANSWER_WITHIN: Final = 2.8
"""Seconds for all of it: a replica answers once its workers serve by the rollback, or are replaced.
"""

KEPT_FOR: Final = 30.0
"""Seconds for which a connection is kept that nobody speaks on: less than a peer would keep it."""

_CODES: Final = 40
"""Characters of a code that is repeated in an event."""


class _Problem(msgspec.Struct):
    """What a refusal is read for. answer: an envelope."""

    code: str = ""
    answer: msgspec.Raw = msgspec.Raw(b"")


class PeerClient:
    """Keeps connections. `trust`: how https is spoken to others; it may be renewed meanwhile.

    is_known_by_certificate: whether ``trust`` lets in nobody but replicas.
    """

    def __init__(self, seal: Seal, trust: ssl.SSLContext, *, is_known_by_certificate: bool) -> None:
        self._seal = seal
        self._trust = trust
        self._is_known_by_certificate = is_known_by_certificate
        self._session: ClientSession | None = None

    def reaches(self, peer: Presence) -> bool:
        """Say whether it can be asked at all, and its answer believed."""
        if self._seal.proves_by_itself:
            return bool(peer.advertise)
        return self._is_known_by_certificate and peer.advertise.startswith("https:")

    async def ask(self, peer: Presence, call: Call) -> Words:
        """Return its words; raise `PeerError` where there are none in time."""
        message = self._seal.message(CALL, peer.replica, write_call(call))
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answer, message = await self._asked(peer, message)
                if answer.kind == UNTIMELY:
                    message = retimed(message, answer.at, self._seal.nonce())
                    answer, message = await self._asked(peer, message)
        except (OSError, ClientError, ValueError) as error:
            raise PeerError(why(error)) from error
        if answer.kind != WORDS:
            raise PeerMessageError("it does not take its own time")
        return read_words(answer.body)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()

    # Own...

    async def _asked(self, peer: Presence, message: Message) -> tuple[Message, Message]:
        """Return the answer, and what it answers: a connection may have been closed meanwhile."""
        try:
            return await self._exchange(peer, message), message
        except (ServerDisconnectedError, ConnectionResetError):
            again = retimed(message, message.at, self._seal.nonce())
            return await self._exchange(peer, again), again

    async def _exchange(self, peer: Presence, message: Message) -> Message:
        async with self._open().post(
            f"{peer.advertise}{PATH}",
            data=self._seal.close(message),
            headers={"Content-Type": "application/json", "User-Agent": AGENT},
            allow_redirects=False,
        ) as answer:
            text = await _bounded(answer)
            if answer.status == HTTPStatus.OK:
                return self._seal.answer_in(text, message)
            return self._refused(answer.status, text, message)

    def _refused(self, status: int, text: bytes, message: Message) -> Message:
        problem = read(text, _Problem, f"status {status}, and its reason")
        if problem.code == UNTIMELY:
            return self._seal.answer_in(bytes(problem.answer), message)
        is_code = problem.code.replace("_", "").isalpha() and len(problem.code) <= _CODES
        raise PeerError(problem.code if is_code else f"status {status}")

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(
                    resolver=Names(), limit=0, keepalive_timeout=KEPT_FOR, ssl=self._trust
                ),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=ANSWER_WITHIN, connect=CONNECT_WITHIN),
                auto_decompress=False,
            )
        return self._session


async def _bounded(answer: ClientResponse) -> bytes:
    text = b""
    async for part in answer.content.iter_any():
        text += part
        if len(text) > LARGEST:
            raise PeerMessageError(f"an answer has more than {LARGEST} bytes")
    return text
