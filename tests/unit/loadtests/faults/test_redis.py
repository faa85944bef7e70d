import asyncio
from collections.abc import AsyncIterator

import pytest

from loadtests.faults.network import Network
from loadtests.faults.redis import MASTER, Alone, Server, Watched
from loadtests.faults.stage import Stage
from loadtests.ground import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage(is_quick=True) as made:
        yield made


@pytest.fixture
async def server(stage: Stage) -> Server:
    made = Server(stage, "redis-1", free_port())
    await made.start()
    await made.tell("SET", "word", "kept")
    return made


async def test_one_that_is_killed_comes_back_with_what_it_has_kept(server: Server) -> None:
    server.kill()
    with pytest.raises(OSError, match="refused"):
        await server.tell("GET", "word")
    await server.start()
    assert await server.tell("GET", "word") == b"$4\r\nkept\r\n"


async def test_one_that_starts_from_nothing_and_one_that_is_emptied_know_nothing(
    server: Server,
) -> None:
    server.kill()
    await server.start_from_nothing()
    assert await server.tell("GET", "word") == b"$-1\r\n"
    await server.tell("SET", "word", "again")
    await server.empty()
    assert await server.tell("GET", "word") == b"$-1\r\n"


async def test_one_that_stands_still_says_nothing_until_it_goes_on(server: Server) -> None:
    server.freeze()
    telling = asyncio.ensure_future(server.tell("GET", "word"))
    assert not (await asyncio.wait([telling], timeout=0.1))[0]
    server.thaw()
    await telling
    assert await server.tell("GET", "word") == b"$4\r\nkept\r\n"


async def test_nothing_of_a_router_is_left_behind_by_a_server_and_its_relay(stage: Stage) -> None:
    network = await stage.means.enter_async_context(Network())
    store = Alone(stage, network)
    await store.open()
    assert store.url == f"redis://127.0.0.1:{network.relays['redis-1'].port}/0"
    assert stage.left() == []


async def test_sentinels_put_another_master_in_the_place_of_one_that_is_cut_off(
    stage: Stage,
) -> None:
    network = await stage.means.enter_async_context(Network())
    watched = Watched(stage, network)
    await watched.open()
    assert watched.url.endswith(f"/{MASTER}")
    first = await watched.master()
    await network.part([first.name], [name for name in watched.names if name != first.name])
    await watched.replaced(first)
    second = await watched.master()
    assert second is not first
    assert b"role:master" in await first.tell("INFO", "replication")
    network.heal()
    await watched.follow()
    assert b"role:slave" in await first.tell("INFO", "replication")
    await watched.fail_over()
    await watched.replaced(second)
    assert await watched.master() is not second
