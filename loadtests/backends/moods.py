"""How a backend is: well, slow, hung or dead. It is told on a port where it is never ill.

    curl -X PUT http://127.0.0.1:PORT/hung

Slow: each answer takes a tenth of a second more. Hung: it reads and says nothing. Dead: its port
refuses, and whoever was connected is cut off.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

WELL: Final = "well"
SLOW: Final = "slow"
HUNG: Final = "hung"
DEAD: Final = "dead"
MOODS: Final = (WELL, SLOW, HUNG, DEAD)
SLOW_S: Final = 0.1


class Moods:
    """One backend's; `heed` is a middleware of it."""

    def __init__(self) -> None:
        self._mood = WELL
        self._changed = asyncio.Event()

    @web.middleware
    async def heed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer as well as one can now."""
        if self._mood == SLOW:
            await asyncio.sleep(SLOW_S)
        while self._mood == HUNG:
            await self._changed.wait()
        return await handler(request)

    async def serve(self, runner: web.AppRunner, port: int, told_at: int) -> None:
        """Serve on a port while alive, and be told on the other, until cancelled."""
        told: asyncio.Queue[tuple[str, asyncio.Event]] = asyncio.Queue()
        ear = await _ear(told, told_at)
        try:
            site = await _opened(runner, port)
            while True:
                mood, done = await told.get()
                if self._mood == DEAD != mood:
                    site = await _opened(runner, port)
                elif mood == DEAD != self._mood:
                    await site.stop()
                    _cut_off(runner)
                self._turn(mood)
                done.set()
        finally:
            await ear.cleanup()

    def _turn(self, mood: str) -> None:
        self._mood = mood
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def _ear(told: asyncio.Queue[tuple[str, asyncio.Event]], port: int) -> web.AppRunner:
    async def tell(request: web.Request) -> web.Response:
        mood, done = request.match_info["mood"], asyncio.Event()
        if mood not in MOODS:
            return web.json_response({"moods": MOODS}, status=HTTPStatus.NOT_FOUND)
        await told.put((mood, done))
        await done.wait()
        return web.json_response({"mood": mood})

    application = web.Application()
    application.router.add_put("/{mood}", tell)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await _opened(runner, port)
    return runner


async def _opened(runner: web.AppRunner, port: int) -> web.TCPSite:
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return site


def _cut_off(runner: web.AppRunner) -> None:
    assert runner.server is not None
    for connection in list(runner.server.connections):
        connection.force_close()
