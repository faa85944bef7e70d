import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import ClientConnectionError, ClientSession, web

from loadtests.backends.moods import MOODS, SLOW_S, Moods
from tests.support.redis_servers import free_port


class Patient:
    """Somebody who asks, and says how it is."""

    def __init__(self, session: ClientSession, port: int, told_at: int) -> None:
        self._session = session
        self._port = port
        self._told_at = told_at

    async def feels(self, mood: str) -> int:
        async with self._session.put(f"http://127.0.0.1:{self._told_at}/{mood}") as answer:
            return answer.status

    async def answer(self) -> str:
        async with self._session.get(f"http://127.0.0.1:{self._port}/") as answer:
            return await answer.text()


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


@asynccontextmanager
async def _serving(port: int, told_at: int) -> AsyncIterator[None]:
    its = Moods()
    application = web.Application(middlewares=[its.heed])
    application.router.add_get("/", _hello)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    serving = asyncio.ensure_future(its.serve(runner, port, told_at))
    try:
        yield
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        await runner.cleanup()


@pytest.fixture
async def patient() -> AsyncIterator[Patient]:
    port, told_at = free_port(), free_port()
    async with _serving(port, told_at), ClientSession() as session:
        its = Patient(session, port, told_at)
        while True:
            with suppress(ClientConnectionError):
                await its.feels("well")
                break
            await asyncio.sleep(0)
        yield its


async def test_who_is_well_answers(patient: Patient) -> None:
    assert await patient.answer() == "hello"


async def test_who_is_slow_answers_later(patient: Patient) -> None:
    await patient.feels("slow")
    begun = time.monotonic()
    assert await patient.answer() == "hello"
    assert time.monotonic() - begun >= SLOW_S


async def test_who_hangs_answers_nobody_until_it_is_well(patient: Patient) -> None:
    await patient.feels("hung")
    asked = asyncio.ensure_future(patient.answer())
    await patient.feels("hung")
    assert not asked.done()
    await patient.feels("well")
    assert await asked == "hello"


async def test_who_is_dead_refuses_everybody_and_comes_back(patient: Patient) -> None:
    assert await patient.answer() == "hello"
    await patient.feels("dead")
    with pytest.raises(ClientConnectionError):
        await patient.answer()
    await patient.feels("well")
    assert await patient.answer() == "hello"


async def test_a_mood_that_there_is_not_is_refused(patient: Patient) -> None:
    assert await patient.feels("merry") == 404
    assert [await patient.feels(mood) for mood in MOODS] == [200] * len(MOODS)
