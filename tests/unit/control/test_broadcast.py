import asyncio

from router.control.broadcast import Broadcast
from router.control.telemetry import Ledger
from router.model import Variant
from router.routing.snapshot import Snapshot
from router.wire.messages import Applied, Apply, Ask, ToWorker
from tests.support.counts import telemetry

SOON = 5.0
AT_ONCE = 0.0


class Wire:
    """A worker's channel that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[ToWorker] = []

    def send(self, message: ToWorker) -> None:
        self.told.append(message)


def snapshot(version: int) -> Snapshot:
    return Snapshot(version, ())


def two_seats() -> Broadcast:
    return Broadcast(["a", "b"], Ledger())


async def test_a_worker_that_joins_is_told_the_latest_snapshot_only() -> None:
    broadcast, wire = two_seats(), Wire()
    broadcast.publish(snapshot(1))
    broadcast.publish(snapshot(2))
    broadcast.join("a", wire)
    assert wire.told == [Apply(snapshot(2))]


async def test_snapshots_are_sent_in_the_order_of_their_publishing() -> None:
    broadcast, wire = two_seats(), Wire()
    broadcast.join("a", wire)
    for version in (1, 2, 3):
        broadcast.publish(snapshot(version))
    assert wire.told == [Apply(snapshot(1)), Apply(snapshot(2)), Apply(snapshot(3))]


async def test_a_publication_is_acknowledged_once_every_worker_has_applied_it() -> None:
    broadcast = two_seats()
    broadcast.join("a", Wire())
    broadcast.join("b", Wire())
    broadcast.publish(snapshot(4))
    waiting = asyncio.ensure_future(broadcast.acknowledged(4, SOON))
    await asyncio.sleep(0)
    broadcast.heard("a", Applied(4))
    await asyncio.sleep(0)
    assert not waiting.done()
    broadcast.heard("b", Applied(4))
    assert await waiting == ()


async def test_a_later_version_acknowledges_the_earlier_ones() -> None:
    broadcast = Broadcast(["a"], Ledger())
    broadcast.heard("a", Applied(7))
    assert await broadcast.acknowledged(5, AT_ONCE) == ()


async def test_who_does_not_acknowledge_in_time_is_named() -> None:
    broadcast = two_seats()
    broadcast.heard("a", Applied(2))
    broadcast.heard("b", Applied(1))
    assert await broadcast.acknowledged(2, 0.01) == ("b",)


async def test_a_dead_workers_successor_has_to_acknowledge_for_itself() -> None:
    broadcast = Broadcast(["a"], Ledger())
    broadcast.heard("a", Applied(2))
    broadcast.leave("a")
    assert await broadcast.acknowledged(2, AT_ONCE) == ("a",)


async def test_it_is_ready_when_every_worker_serves() -> None:
    broadcast = two_seats()
    ready = asyncio.ensure_future(broadcast.ready())
    broadcast.heard("a", Applied(1))
    await asyncio.sleep(0)
    assert not broadcast.is_ready
    assert broadcast.states() == {"ready": 1, "starting": 1}
    broadcast.heard("b", Applied(1))
    await asyncio.wait_for(ready, SOON)
    assert broadcast.states() == {"ready": 2, "starting": 0}
    broadcast.leave("b")
    assert not broadcast.is_ready


async def test_fresh_counters_are_those_that_answer_this_question() -> None:
    ledger, wire = Ledger(), Wire()
    broadcast = Broadcast(["a"], ledger)
    broadcast.join("a", wire)
    refreshing = asyncio.ensure_future(broadcast.refresh(SOON))
    await asyncio.sleep(0)
    assert wire.told == [Ask(1)]
    broadcast.heard("a", telemetry(legacy=1))
    await asyncio.sleep(0)
    assert not refreshing.done()
    broadcast.heard("a", telemetry(legacy=2, ticket=1))
    await refreshing
    assert ledger.totals().answered("support", Variant.LEGACY) == 2


async def test_a_silent_worker_delays_a_scrape_no_longer_than_agreed() -> None:
    broadcast = Broadcast(["a"], Ledger())
    broadcast.join("a", Wire())
    await asyncio.wait_for(broadcast.refresh(0.01), SOON)


async def test_a_worker_that_died_is_not_waited_for() -> None:
    broadcast = Broadcast(["a"], Ledger())
    broadcast.join("a", Wire())
    refreshing = asyncio.ensure_future(broadcast.refresh(SOON))
    await asyncio.sleep(0)
    broadcast.leave("a")
    await asyncio.wait_for(refreshing, 1)
