"""Real comparers on a real Redis: whatever becomes of one of them, each pair is counted once."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from router.compare.pair import Pair
from router.compare.rules import CompareRules
from router.compare.tally import Tally, load, summed
from router.comparer.seals import Seals
from router.control.comparing import Comparing, Keeps
from router.control.recording import Recording
from router.redis_address import read_redis_url
from router.store.records import Limits
from router.store.redis_server import Limits as Patience, RedisServer, Word
from router.store.redis_stream import RedisStream
from router.store.stream import Bounds, Offer
from router.wire.comparer_socket import connect_comparer
from router.wire.comparing import CompareBy, Compared, StreamBy
from router.wire.pairs import encode_pairs
from tests.support.moments import until
from tests.support.pairs import pair
from tests.support.redis_servers import Redis, records_in, running, stream_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PREFIX = "gray"
PAIRS = f"{{{PREFIX}}}:pairs"
READERS = (PAIRS, "comparers")
KEY = bytes(range(32))
OTHER = bytes(range(32, 64))
BY = CompareBy({"support": CompareRules(budget=2.0)}, key=KEY)
SECRET = b"4111-1111-1111-1111"
PATIENCE = 25.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(server: Redis) -> Redis:
    server.tell("FLUSHALL")
    return server


async def raw(redis: Redis, *words: Word) -> Any:
    """Say something to Redis as somebody beside the router would."""
    server = RedisServer(read_redis_url(redis.url), Path(), Patience())
    (reply,) = await server.read(words)
    await server.close()
    return reply


async def until_so(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Return once Redis says that it is so."""
    async with asyncio.timeout(PATIENCE):
        while not await is_so():
            await moment()


async def moment() -> None:
    await asyncio.sleep(0.02)


class Closed(Protocol):
    async def close(self) -> None: ...


@dataclass
class Town:
    """Comparers of routers that share a Redis, and what they have counted together."""

    redis: Redis
    folder: Path
    stream: RedisStream
    comparing: list[Comparing] = field(default_factory=list[Comparing])
    keeping: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    opened: list[Closed] = field(default_factory=list[Closed])

    def keeps(self) -> Recording:
        records, stream = records_in(self.redis, PREFIX), stream_in(self.redis, PREFIX)
        self.opened += [records, stream]
        return Recording(records, Limits, stream)

    async def close(self) -> None:
        for comparing in self.comparing:
            comparing.kill()
        await asyncio.wait_for(asyncio.gather(*self.keeping), 20)
        for each in (*self.opened, self.stream):
            await each.close()

    def start(self, keeps: Keeps | None = None, *, judges: bool = True, key: bytes = KEY) -> Path:
        """Start a router's comparer; return where its workers find it."""
        number = len(self.comparing)
        folder = self.folder / f"r{number}"
        folder.mkdir()
        comparing = Comparing(folder, keeps or self.keeps(), f"r{number}", time.monotonic)
        stream = StreamBy(self.redis.url, str(folder), PREFIX, 64 * 1024**2, 3600.0, judges)
        comparing.serve_by(replace(BY, key=key, stream=stream))
        self.comparing.append(comparing)
        self.keeping.append(asyncio.ensure_future(comparing.keep()))
        return folder

    async def counted(self) -> Tally:
        totals = await self.stream.totals("support")
        return summed(load(each.counts) for each in totals)

    async def until_counted(self, pairs: int) -> Tally:
        """Wait for so many pairs, and until nothing more can come."""

        async def is_done() -> bool:
            depth = await self.stream.depth()
            return not depth.pairs and (await self.counted()).pairs >= pairs

        await until_so(is_done)
        tally = await self.counted()
        assert tally.pairs == pairs
        return tally

    async def until_others_are_done(self, reader: str) -> None:
        """Wait until only this reader has anything."""

        async def is_alone() -> bool:
            length = await raw(self.redis, "XLEN", PAIRS)
            its = await raw(self.redis, "XPENDING", *READERS, "-", "+", 10_000, reader)
            return bool(length) and length == len(its)

        await until_so(is_alone)

    async def until_waiting(self, pairs: int) -> None:
        async def are_there() -> bool:
            return (await self.stream.depth()).pairs == pairs

        await until_so(are_there)

    async def silence(self, reader: str = "", to: str = "") -> None:
        """Have all that one reader (or any) has look as if it had said nothing for long.

        to: whose it is then, where it is to be another's.
        """
        whose = (reader,) if reader else ()
        found = await raw(self.redis, "XPENDING", *READERS, "-", "+", 10_000, *whose)
        for owner in {owner for _, owner, *_ in found}:
            # All at once: what somebody takes over meanwhile is theirs.
            numbers = [number for number, its, *_ in found if its == owner]
            long_ago = ("IDLE", 100_000, "JUSTID")
            await raw(self.redis, "XCLAIM", *READERS, to or owner, 0, *numbers, *long_ago)


@pytest.fixture
async def town(redis: Redis, tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(redis, tmp_path, stream_in(redis, PREFIX))
    yield town
    await town.close()


class Gate:
    """Keeps nothing of what it is brought until it is opened."""

    def __init__(self, keeps: Keeps) -> None:
        self._keeps = keeps
        self.is_told = asyncio.Event()
        self.is_open = asyncio.Event()
        self.reader = ""

    async def add(self, compared: Compared, counter: str) -> None:
        assert compared.settled is not None
        self.reader = compared.settled.reader
        self.is_told.set()
        await self.is_open.wait()
        await self._keeps.add(compared, counter)


@asynccontextmanager
async def worker(folder: Path) -> AsyncGenerator[asyncio.StreamWriter]:
    await until((folder / "comparer.sock").exists)
    _, writer = await asyncio.open_unix_connection(sock=connect_comparer(folder))
    yield writer
    writer.close()
    await writer.wait_closed()


def pairs(number: int, first: int = 0) -> list[Pair]:
    """Every tenth differs."""
    return [
        pair(ai=b'{"label": "other"}', number=each) if each % 10 == 0 else pair(number=each)
        for each in range(first, first + number)
    ]


async def bring(folder: Path, number: int, first: int = 0) -> None:
    async with worker(folder) as writer:
        brought = pairs(number, first)
        for at in range(0, number, 16):
            writer.write(encode_pairs(brought[at : at + 16]))
            await writer.drain()


async def test_any_number_of_comparers_judges_what_any_worker_brings(town: Town) -> None:
    brings = town.start(judges=False)
    for _ in range(2):
        town.start()
    await bring(brings, 3000)
    tally = await town.until_counted(3000)
    assert {result.value: count for result, count in tally.results.items()} == {
        "match": 2700,
        "divergent": 300,
    }
    assert {each.replica[:2] for each in await town.stream.totals("support")} <= {"r1", "r2"}
    seen = town.comparing[0].stream()
    assert seen is not None
    assert town.comparing[0].comparisons() == {}


async def test_what_was_judged_and_not_kept_when_a_comparer_died_is_counted_once(
    town: Town,
) -> None:
    gate = Gate(town.keeps())
    await bring(town.start(gate), 500)
    await town.until_waiting(500)
    await asyncio.wait_for(gate.is_told.wait(), PATIENCE)
    town.comparing[0].kill()
    await town.silence(gate.reader)
    town.start()
    assert (await town.until_counted(500)).fields["/label"].changes == {"value": 50}


async def test_what_was_kept_of_a_comparer_that_died_is_not_counted_again(town: Town) -> None:
    """It dies after its counts were kept, and before it hears that."""
    await bring(town.start(), 300)
    await town.until_counted(300)
    town.comparing[0].kill()
    await town.silence()
    await bring(town.start(), 200, first=300)
    await town.until_counted(500)


async def test_counts_of_what_another_has_taken_over_are_thrown_away(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(town.keeps())
    await bring(town.start(gate), 500)
    await town.until_waiting(500)
    await asyncio.wait_for(gate.is_told.wait(), PATIENCE)
    await town.silence(gate.reader, to="another")
    with caplog.at_level(logging.WARNING):
        gate.is_open.set()
        await until(lambda: "comparer_overtaken" in caplog.text)
    assert (await town.counted()).pairs == 0
    await town.silence("another")
    await town.until_counted(500)


async def test_among_many_one_that_is_killed_at_work_loses_nothing(town: Town) -> None:
    gate = Gate(town.keeps())
    folders = [town.start(), town.start()]
    await bring(folders[0], 1000)
    await town.until_counted(1000)
    town.start(gate)
    brought = 1000
    async with worker(folders[1]) as writer:
        while not gate.is_told.is_set():  # whoever is quicker takes what is there
            writer.write(encode_pairs(pairs(50, first=brought)))
            await writer.drain()
            brought += 50
            await moment()
    await town.until_others_are_done(gate.reader)
    assert (await town.counted()).pairs < brought
    town.comparing[2].kill()
    await town.silence(gate.reader)
    await town.until_counted(brought)


async def test_nothing_of_a_pair_can_be_read_in_redis(town: Town) -> None:
    secret = replace(pair(), request_id=SECRET)
    secret = replace(secret, request=replace(secret.request, target=SECRET, body=SECRET))
    secret = replace(secret, legacy=replace(secret.legacy, fields=[(b"set-cookie", SECRET)]))
    secret = replace(secret, ai=replace(secret.ai, body=SECRET * 20))
    async with worker(town.start(judges=False)) as writer:
        writer.write(encode_pairs([secret] * 40))
        await town.until_waiting(40)
    entries = await raw(town.redis, "XRANGE", PAIRS, "-", "+")
    assert len(entries) >= 1
    kept = b"".join(file.read_bytes() for file in town.redis.home.rglob("appendonly.aof*"))
    kept += repr(entries).encode()
    assert b"support" in kept  # we look at the right place
    assert SECRET not in kept
    assert b"set-cookie" not in kept
    town.start()
    assert (await town.until_counted(40)).pairs == 40


async def test_what_cannot_be_read_is_let_go_of_and_told_and_the_rest_is_judged(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    bounds = Bounds(64 * 1024**2, 3600.0)
    for sealed in (
        Seals([OTHER], os.urandom, PREFIX).seal("support", [pair()]),  # of another key
        Seals([KEY], os.urandom, "elsewhere").seal("support", [pair()]),  # of another store
        Seals([KEY], os.urandom, PREFIX).seal("billing", [pair()]),  # of another service
        b"",
        os.urandom(1000),
    ):
        await town.stream.add([Offer("support", 1, sealed)], bounds)
    town.redis.tell("XADD", PAIRS, "*", "foreign", "entry")
    await bring(town.start(), 100)
    await town.until_counted(100)
    assert town.comparing[0].comparisons()["support", "stream_unreadable"] == 5
    assert '"event":"stream_unreadable"' in capfd.readouterr().err


async def test_a_key_that_a_reload_names_opens_what_it_has_sealed(town: Town) -> None:
    folder = town.start()
    await bring(folder, 10)
    await town.until_counted(10)
    comparing = town.comparing[0]
    rules = {**BY.rules, "billing": CompareRules()}
    comparing.serve_by(replace(BY, rules=rules, former_keys=(OTHER,)))
    async with worker(folder) as writer:
        while ("billing", "match") not in comparing.comparisons():  # the rules are not in force yet
            writer.write(encode_pairs([pair(service="billing")]))
            await moment()
    sealed = Seals([OTHER], os.urandom, PREFIX).seal("support", [pair()])
    await town.stream.add([Offer("support", 1, sealed)], Bounds(64 * 1024**2, 3600.0))
    assert (await town.until_counted(11)).pairs == 11


async def test_while_redis_is_away_pairs_are_dropped_and_counted_and_then_they_go_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path) as redis:
        town = Town(redis, tmp_path, stream_in(redis, PREFIX))
        folder = town.start()
        await bring(folder, 10)
        await town.until_counted(10)
        redis.stop()
        await bring(folder, 64)
        comparing = town.comparing[0]
        await until(lambda: comparing.comparisons().get(("support", "stream_away")) == 64)
        await until(lambda: comparing.stream() is None)
        assert '"event":"stream_unreachable"' in capfd.readouterr().err
        redis.start()
        await bring(folder, 20, first=10)
        await town.until_counted(30)
        await town.close()


async def test_at_an_orderly_end_all_that_was_brought_is_judged_first(town: Town) -> None:
    await bring(town.start(), 400)
    town.comparing[0].drain()
    await asyncio.wait_for(town.keeping[0], 20)
    waits = (await town.stream.depth()).pairs
    assert waits + (await town.counted()).pairs == 400
    town.start()
    await town.silence()
    await town.until_counted(400)
