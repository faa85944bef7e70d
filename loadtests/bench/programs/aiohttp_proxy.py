"""A plain aiohttp proxy: what one writes in an hour, server and client, with uvloop.

Run as a program it serves: `python -m loadtests.bench.programs.aiohttp_proxy PORT LEGACY AI`.
"""

import asyncio
import sys
import zlib
from collections.abc import Iterable
from typing import Final

import uvloop
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

from loadtests.bench.servers.server import AI_PERCENT, Backends

HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te"})
BLOCK: Final = 64 * 1024


class Proxy:
    """Passes each request on to the variant that its user's hash chooses."""

    def __init__(self, session: ClientSession, backends: Backends) -> None:
        self._session = session
        self._backends = backends

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        user = request.headers.get("x-user-id", "").encode()
        on_ai = zlib.crc32(user) % 100 < AI_PERCENT
        port = self._backends.ai if on_ai else self._backends.legacy
        async with self._session.request(
            request.method,
            f"http://127.0.0.1:{port}{request.rel_url}",
            headers=_end_to_end(request.headers.items()),
            data=request.content if request.can_read_body else None,
            allow_redirects=False,
        ) as answer:
            headers = _end_to_end(answer.headers.items())
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(request)
            async for block in answer.content.iter_any():
                await response.write(block)
            await response.write_eof()
            return response


def _end_to_end(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in fields if name.lower() not in HOP_BY_HOP}


async def serve(port: int, backends: Backends) -> None:
    """Serve until cancelled."""
    connector = TCPConnector(limit=0)
    timeout = ClientTimeout(total=None)
    async with ClientSession(
        connector=connector, timeout=timeout, auto_decompress=False
    ) as session:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", Proxy(session, backends).pass_on)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    own, legacy, ai = (int(argument) for argument in sys.argv[1:4])
    uvloop.run(serve(own, Backends(legacy, ai)))
