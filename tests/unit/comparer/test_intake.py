import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from router.compare.pair import Pair
from router.comparer.intake import Intake
from router.wire.comparer_socket import bind_comparer, connect_comparer
from router.wire.pairs import encode_pairs
from tests.support.moments import until
from tests.support.pairs import pair


class Desk:
    """What an intake handed on."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.garbled: list[str] = []


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[tuple[Intake, Desk]]:
    desk = Desk()
    intake = Intake(bind_comparer(folder), desk.pairs.extend, desk.garbled.append)
    await intake.open()
    yield intake, desk
    intake.close()
    await until(lambda: intake.is_deserted)


async def test_many_workers_bring_pairs(tmp_path: Path) -> None:
    async with opened(tmp_path) as (intake, desk):
        workers = [connect_comparer(tmp_path) for _ in range(3)]
        for number, worker in enumerate(workers):
            worker.send(encode_pairs([pair(number=number), pair(number=number)]))
        await until(lambda: len(desk.pairs) == 6)
        assert not intake.is_deserted
        for worker in workers:
            worker.close()
        await until(lambda: intake.is_deserted)


async def test_nothing_is_read_while_it_pauses_not_even_from_who_comes_then(tmp_path: Path) -> None:
    async with opened(tmp_path) as (intake, desk):
        with connect_comparer(tmp_path) as early:
            await until(lambda: not intake.is_deserted)
            intake.pause()
            with connect_comparer(tmp_path) as late:
                early.send(encode_pairs([pair(number=1)]))
                late.send(encode_pairs([pair(number=2)]))
                await asyncio.sleep(0.05)
                assert desk.pairs == []
                intake.resume()
                await until(lambda: len(desk.pairs) == 2)


async def test_who_is_not_understood_is_let_go_and_nobody_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, desk):
        with connect_comparer(tmp_path) as stranger, connect_comparer(tmp_path) as worker:
            stranger.send(b"GET / HTTP/1.1\r\n\r\n")
            await until(lambda: len(desk.garbled) == 1)
            assert await received(stranger) == b""
            worker.send(encode_pairs([pair()]))
            await until(lambda: len(desk.pairs) == 1)


async def received(connected: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(connected, 10)
