import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.compare.pair import Pair
from router.model import Variant
from router.proxy.counters import ShadowCounters
from router.proxy.shadow import link as module
from router.proxy.shadow.link import BATCH, Link
from router.proxy.shadow.thinning import MOST_LEVELS
from router.tasks import TaskOwner
from router.wire.comparer_socket import bind_comparer, connect_comparer
from router.wire.counting import BLOCK, service_counts
from router.wire.pairs import PairDecoder, Row


def pair(body: bytes = b"x") -> Row:
    legacy, ai = (
        {"variant": variant, "status": 200, "fields": [], "body": body, "size": len(body)}
        for variant in Variant
    )
    asked = {"method": b"GET", "target": b"/", "fields": [], "body": b"", "size": 0}
    return {
        "service": "support",
        "request_id": b"id",
        "phase": 0,
        "at": 0.0,
        "request": asked,
        "served": None,
        "legacy": legacy,
        "ai": ai,
    }


class Linked:
    """A link, the folder of its comparer, and what it has counted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._block = memoryview(bytearray(BLOCK)).cast("Q")
        self.counters = ShadowCounters(self._block)
        self.tasks = TaskOwner(self._on_death)
        self.link = Link(asyncio.get_running_loop(), self.tasks, lambda: connect_comparer(folder))

    def listen(self) -> socket.socket:
        return bind_comparer(self._folder)

    async def accepted(self, listener: socket.socket) -> socket.socket:
        async with asyncio.timeout(5):
            accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
        await self.until(is_open=True)
        return accepted

    async def until(self, *, is_open: bool) -> None:
        async with asyncio.timeout(5):
            while self.link.is_open is not is_open:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)

    def offer(self, count: int = 1, body: bytes = b"x") -> None:
        for _ in range(count):
            self.link.offer(pair(body), 2 * len(body), self.counters)

    @property
    def counted(self) -> dict[str, int]:
        return service_counts(self._block).shadows

    def _on_death(self, name: str, error: BaseException) -> None:
        raise AssertionError(name) from error


async def heard(connected: socket.socket, count: int) -> list[Pair]:
    decoder, pairs = PairDecoder(), list[Pair]()
    async with asyncio.timeout(5):
        while len(pairs) < count:
            chunk = await asyncio.get_running_loop().sock_recv(connected, 1 << 20)
            for batch in decoder.feed(chunk):
                pairs += batch
    return pairs


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[Linked]:
    made = Linked(tmp_path)
    yield made
    made.link.close()
    await made.tasks.close()


async def test_a_full_batch_leaves_at_once_and_a_smaller_one_soon(linked: Linked) -> None:
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener) as connected:
            linked.offer(BATCH + 1)
            assert linked.counted == {"paired": BATCH}
            assert len(await heard(connected, BATCH + 1)) == BATCH + 1
            assert linked.counted == {"paired": BATCH + 1}


async def test_large_pairs_do_not_wait_for_company(linked: Linked) -> None:
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener):
            linked.offer(1, b"x" * 600_000)
            assert linked.counted == {"paired": 1}


async def test_a_pair_that_no_frame_can_hold_is_too_large(linked: Linked) -> None:
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener):
            linked.offer(1, b"x" * 9_000_000)
            assert linked.counted == {"too_large": 1}


async def test_pairs_that_are_too_large_together_go_by_themselves(linked: Linked) -> None:
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener) as connected:
            for size in (1_000_000, 9_000_000, 1_000_000):
                linked.link.offer(pair(b"x" * size), 2, linked.counters)  # 2: heads are not weighed
            linked.link.close()
            assert [len(each.ai.body) for each in await heard(connected, 2)] == [1_000_000] * 2
            assert linked.counted == {"paired": 2, "too_large": 1}


async def test_what_is_no_pair_of_the_ledger_is_handed_on_and_not_counted(linked: Linked) -> None:
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener) as connected:
            linked.link.offer(pair(), 2, None)
            await heard(connected, 1)
            assert linked.counted == {}


async def test_nobody_waits_for_a_comparer_that_takes_nothing(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_UNSENT", 100_000)
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener) as connected:
            while linked.link.is_open:
                linked.offer(BATCH, b"x" * 10_000)
            before = linked.counted
            linked.offer(BATCH)
            assert linked.counted["queue_full"] == before.get("queue_full", 0) + BATCH
            await heard(connected, before["paired"])
            await linked.until(is_open=True)


async def test_a_comparer_that_does_not_keep_up_is_sent_fewer_and_all_again_when_it_does(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CROWDED", 100_000)
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener) as connected:
            sent = 0
            while linked.link.level < MOST_LEVELS:
                linked.offer(BATCH, b"x" * 2000)
                sent += BATCH
            linked.offer(BATCH)
            assert linked.link.level == MOST_LEVELS
            await heard(connected, sent + BATCH)
            for _ in range(MOST_LEVELS):
                linked.offer(BATCH)
                await heard(connected, BATCH)
            assert linked.link.level == 0


async def test_pairs_are_dropped_while_nobody_listens(linked: Linked) -> None:
    linked.link.want()
    linked.offer(BATCH)
    assert linked.counted == {"queue_full": BATCH}


async def test_a_comparer_that_comes_late_or_comes_back_is_found(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.01)
    linked.link.want()
    linked.link.want()
    for _ in range(2):
        with linked.listen() as listener, await linked.accepted(listener) as connected:
            linked.offer(BATCH)
            await heard(connected, BATCH)
        await linked.until(is_open=False)


async def test_the_last_pairs_are_handed_on_at_the_end(linked: Linked) -> None:
    with linked.listen() as listener:
        linked.link.want()
        with await linked.accepted(listener) as connected:
            linked.offer(1)
            linked.link.close()
            assert len(await heard(connected, 1)) == 1
