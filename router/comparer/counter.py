"""The counter at which pairs are handed in over HTTP: `POST /pairs`, on a Unix socket of ours.

Workers pass on here what comes to the listener of `gray-router compare`; nobody else can reach it.
"""

import socket
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web

from router.compare.encodings import UndecodableError, content_encodings, decoded
from router.compare.pair import Pair
from router.comparer.posted import Posting
from router.errors import PairRefusedError

MOST: Final = 16 * 1024 * 1024
"""Bytes of one body."""

RETRY_AFTER: Final = 1
"""Seconds until there may be room again."""

_ACCEPTED: Final = 202
_UNPROCESSABLE: Final = 422
_TOO_LARGE: Final = 413
_FULL: Final = 503

Taken = Callable[[Sequence[Pair]], int | None]
"""Takes pairs; says how many of them wait for their comparison, None where there is no room."""


class Counter:
    """Serves it. ``posting`` gives what reads pairs by the rules in force."""

    def __init__(
        self,
        posting: Callable[[], Posting],
        take: Taken,
        clock: Callable[[], float],
        mint: Callable[[], bytes],
    ) -> None:
        self._posting = posting
        self._take = take
        self._clock = clock
        self._mint = mint
        self._runner: web.AppRunner | None = None

    async def open(self, listening: socket.socket) -> None:
        """Serve from now on."""
        app = web.Application(client_max_size=MOST)
        app.router.add_post("/pairs", self._post)
        # aiohttp would decode bodies as they come, and hang up on what it cannot.
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _problem(_TOO_LARGE, f"at most {MOST} bytes are taken at once")
        try:
            pairs = self._posting().pairs(_plain(request, body), self._clock(), self._mint())
        except PairRefusedError as error:
            return _problem(_UNPROCESSABLE, str(error))
        waiting = self._take(pairs)
        if waiting is None:
            return _problem(_FULL, "too many pairs wait for their comparison", RETRY_AFTER)
        counts = {
            "accepted": len(pairs),
            "to_compare": waiting,
            "sampled_out": len(pairs) - waiting,
        }
        return web.json_response(counts, status=_ACCEPTED)


def _plain(request: web.Request, body: bytes) -> bytes:
    """Undo what Content-Encoding says, or raise `PairRefusedError`."""
    lines = request.headers.getall("content-encoding", [])
    try:
        return decoded(body, content_encodings(line.encode(errors="replace") for line in lines))
    except UndecodableError as error:
        raise PairRefusedError(
            f"the body is not what its Content-Encoding says, or too much of it ({error}); "
            "allowed are gzip, deflate, br, zstd, and none"
        ) from error


def _problem(status: int, detail: str, retry_after: int | None = None) -> web.Response:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return web.json_response(
        {"type": "about:blank", "status": status, "detail": detail},
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )
