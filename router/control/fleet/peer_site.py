"""`replica.listen`: where other replicas tell of a rollback, and where nothing else can be done.

Who asks is unknown until the seal was looked at. So the body is bounded in bytes and time, and
whoever fails often is told to wait; a right seal always passes, also from an address that guesses.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from router.control.events import tell
from router.control.failures import Failures
from router.control.fleet.answering import Answering
from router.control.fleet.envelopes import Seal, opened
from router.control.fleet.messages import CALL, LARGEST, WORDS, Words, read_call, write_words
from router.control.problem_json import problem_json
from router.errors import PeerMessageError
from router.replica.membership import Presence
from router.replica.sealing import Message, Nonces, Verdict, judged

PATH: Final = "/v1/rollback"

UNTIMELY: Final = "untimely"
"""The kind of an answer that says nothing but what time it is here."""

BODY_WITHIN: Final = 5.0
"""Seconds in which a body has to be here."""

IDLE: Final = 60.0
"""Seconds for which a connection is kept that nobody speaks on; a head that drips has as long."""

UNTIMELY_EVERY: Final = 600.0
"""Seconds between two events about one replica's clock."""

HANDSHAKE_WITHIN: Final = 5.0

LINGER: Final = 0.5
"""Seconds in which the rest of what was refused is thrown away, so that its sender reads why."""

PATIENCE: Final = 2.0
"""Seconds that an answer may still take at the end."""


class Others(Protocol):
    """What is known of replicas (`Fleet`)."""

    def presence(self) -> Presence: ...
    def met(self, presence: Presence) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of refusal; `code` is what programs compare."""

    status: HTTPStatus
    code: str
    detail: str


NOT_FOUND: Final = Kind(
    HTTPStatus.NOT_FOUND, "not_found", "replicas tell of rollbacks here, and nothing else"
)
MALFORMED: Final = Kind(HTTPStatus.BAD_REQUEST, "malformed", "this is no message of a replica")
TOO_LARGE: Final = Kind(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"a message has at most {LARGEST} bytes"
)
TOO_SLOW: Final = Kind(
    HTTPStatus.REQUEST_TIMEOUT, "too_slow", f"a message is here within {BODY_WITHIN:g} s"
)
FORGED: Final = Kind(
    HTTPStatus.FORBIDDEN, "forged", "not sealed with the secret that replicas share here"
)
MISDIRECTED: Final = Kind(
    HTTPStatus.MISDIRECTED_REQUEST, "misdirected", "sealed for a replica of another name"
)
REPEATED: Final = Kind(HTTPStatus.CONFLICT, "repeated", "this very message was here before")
LATE: Final = Kind(
    HTTPStatus.CONFLICT, "untimely", "our clocks differ; `answer` says under seal what time it is"
)
TOO_MANY_FAILURES: Final = Kind(
    HTTPStatus.TOO_MANY_REQUESTS, "too_many_failures", "too much from this address was refused"
)
INTERNAL_ERROR: Final = Kind(
    HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "a bug in the router; its log has more"
)

_REFUSED: Final = {
    Verdict.FORGED: FORGED,
    Verdict.MISDIRECTED: MISDIRECTED,
    Verdict.REPEATED: REPEATED,
}


class _RefusedError(Exception):
    def __init__(self, kind: Kind) -> None:
        super().__init__(kind.code)
        self.kind: Final = kind


class PeerSite:
    """Answers other replicas."""

    def __init__(
        self,
        seal: Seal,
        others: Others,
        answering: Answering,
        stopwatch: Callable[[], float],
    ) -> None:
        self._seal = seal
        self._others = others
        self._answering = answering
        self._failures = Failures(stopwatch)
        self._nonces = Nonces()
        self._stopwatch = stopwatch
        self._untimely_until: dict[str, float] = {}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST, middlewares=[_answer_refusals])
        app.router.add_post(PATH, self.take)
        return app

    @contextlib.asynccontextmanager
    async def serving(
        self, listener: socket.socket, tls: ssl.SSLContext | None
    ) -> AsyncGenerator[None]:
        """Serve until the end."""
        runner = web.AppRunner(
            self.app(),
            access_log=None,
            shutdown_timeout=PATIENCE,
            keepalive_timeout=IDLE,
            lingering_time=LINGER,
            auto_decompress=False,
        )
        await runner.setup()
        try:
            if runner.server is None:
                raise RuntimeError("a runner that is set up has a server")
            # A site of the framework would wait a minute for each handshake.
            server = await asyncio.get_running_loop().create_server(
                runner.server,
                sock=listener,
                ssl=tls,
                ssl_handshake_timeout=HANDSHAKE_WITHIN if tls else None,
            )
            with contextlib.closing(server):
                yield
        finally:
            await runner.cleanup()

    async def take(self, request: web.Request) -> web.Response:
        """Obey a rollback, and answer with our words once our workers serve by it."""
        try:
            message, verdict = self._judged(await _body(request))
            if verdict is Verdict.UNTIMELY:
                return self._say_the_time(message)
            return await self._obeyed(message)
        except PeerMessageError:
            return self._refuse(MALFORMED, request.remote or "")
        except _RefusedError as refused:
            return self._refuse(refused.kind, request.remote or "")

    # Own...

    def _judged(self, text: bytes) -> tuple[Message, Verdict]:
        """Return what a replica has sent to us; raise for what nobody who may has sent."""
        sealed, seal = opened(text), self._seal
        verdict, self._nonces = judged(
            sealed.message,
            sealed.signature,
            seal.key,
            me=seal.name,
            now=seal.clock(),
            nonces=self._nonces,
        )
        if verdict in _REFUSED:
            raise _RefusedError(_REFUSED[verdict])
        return sealed.message, verdict

    def _say_the_time(self, asked: Message) -> web.Response:
        """A clock that was stepped must not keep a rollback from being heard."""
        answer = self._seal.reply(asked, UNTIMELY)
        now = self._stopwatch()
        if now >= self._untimely_until.get(asked.sender, now):
            self._untimely_until[asked.sender] = now + UNTIMELY_EVERY
            off_by = round(asked.at - answer.at, 1)
            tell("peer_untimely", level=logging.WARNING, replica=asked.sender, off_by=off_by)
        return _problem(LATE, answer=orjson.Fragment(self._seal.close(answer)))

    async def _obeyed(self, asked: Message) -> web.Response:
        call = read_call(asked.body)
        if asked.kind != CALL or call.presence.replica != asked.sender:
            raise _RefusedError(MALFORMED)
        self._others.met(call.presence)
        words = await self._answering.answer(call.releases)
        said = Words(call.call, self._others.presence(), words)
        answer = self._seal.close(self._seal.reply(asked, WORDS, write_words(said)))
        return web.Response(body=answer, content_type="application/json")

    def _refuse(self, kind: Kind, source: str) -> web.Response:
        wait = self._failures.wait(source)
        if wait is None:
            tell("peer_refused", level=logging.WARNING, source=source, because=kind.code)
            return _problem(kind)
        refused = _problem(TOO_MANY_FAILURES)
        refused.headers["Retry-After"] = str(int(wait) + 1)
        return refused


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return await request.read()
    except TimeoutError:
        raise _RefusedError(TOO_SLOW) from None
    except web.HTTPRequestEntityTooLarge:
        raise _RefusedError(TOO_LARGE) from None
    except (web.RequestPayloadError, ConnectionError):
        raise _RefusedError(MALFORMED) from None


@web.middleware
async def _answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Translate what the framework raises: there is one path here, and one method."""
    try:
        answer = await handler(request)
    except web.HTTPException:
        answer = _problem(NOT_FOUND)
    except Exception as error:  # noqa: BLE001 - the border: a bug is answered and logged
        tell("peer_failed", failure=error)
        answer = _problem(INTERNAL_ERROR)
    answer.headers["Server"] = "gray-router"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _problem(kind: Kind, **more: object) -> web.Response:
    return problem_json(kind.status, kind.code, kind.detail, **more)
