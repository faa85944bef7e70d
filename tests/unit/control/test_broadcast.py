import asyncio

from router.control.acceptors import Acceptors
from router.control.broadcast import Broadcast
from router.control.workers import WorkerState
from router.model import Variant
from router.routing.snapshot import Snapshot
from router.wire.messages import (
    Accept,
    Accepting,
    AiSeen,
    Applied,
    Apply,
    Lease,
    Leaving,
    Locate,
    Telemetry,
    ToWorker,
)
from tests.support.views import service

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
    return Broadcast(["a", "b"], Acceptors([0]))


def one_seat() -> Broadcast:
    return Broadcast(["a"], Acceptors([0]))


async def test_a_worker_that_joins_is_told_the_latest_snapshot_only() -> None:
    broadcast, wire = two_seats(), Wire()
    broadcast.publish(snapshot(1))
    broadcast.publish(snapshot(2))
    broadcast.join("a", wire, 41)
    assert wire.told == [Apply(snapshot(2))]


async def test_where_endpoints_are_is_said_before_the_table_and_the_lease_after_it() -> None:
    broadcast, early, late = two_seats(), Wire(), Wire()
    broadcast.join("a", early, 41)
    here, there = Locate("support", Variant.AI, []), Locate("support", Variant.LEGACY, [])
    broadcast.publish(snapshot(1))
    broadcast.lease(7.5)
    broadcast.locate(here)
    broadcast.locate(there)
    broadcast.join("b", late, 41)
    assert early.told == [Apply(snapshot(1)), Lease(7.5), here, there]
    assert late.told == [here, there, Apply(snapshot(1)), Lease(7.5)]


async def test_snapshots_are_sent_in_the_order_of_their_publishing() -> None:
    broadcast, wire = two_seats(), Wire()
    broadcast.join("a", wire, 41)
    for version in (1, 2, 3):
        broadcast.publish(snapshot(version))
    assert wire.told == [Apply(snapshot(1)), Apply(snapshot(2)), Apply(snapshot(3))]


async def test_a_publication_is_acknowledged_once_every_worker_has_applied_it() -> None:
    broadcast = two_seats()
    broadcast.join("a", Wire(), 41)
    broadcast.join("b", Wire(), 41)
    broadcast.publish(snapshot(4))
    waiting = asyncio.ensure_future(broadcast.acknowledged(4, SOON))
    await asyncio.sleep(0)
    broadcast.heard("a", Applied(4))
    await asyncio.sleep(0)
    assert not waiting.done()
    broadcast.heard("b", Applied(4))
    assert await waiting == ()


async def test_a_later_version_acknowledges_the_earlier_ones() -> None:
    broadcast = one_seat()
    broadcast.heard("a", Applied(7))
    assert await broadcast.acknowledged(5, AT_ONCE) == ()


async def test_who_does_not_acknowledge_in_time_is_named() -> None:
    broadcast = two_seats()
    broadcast.heard("a", Applied(2))
    broadcast.heard("b", Applied(1))
    assert await broadcast.acknowledged(2, 0.01) == ("b",)


async def test_a_services_stand_is_acknowledged_by_who_serves_by_it_or_a_later_one() -> None:
    broadcast = two_seats()
    broadcast.heard("a", Applied(7, {"support": (0, 3), "orders": (0, 0)}))
    broadcast.heard("b", Applied(7, {"support": (1, 0)}))
    assert await broadcast.serving("support", (0, 3), AT_ONCE) == ()
    assert await broadcast.serving("support", (0, 4), AT_ONCE) == ("a",)
    assert await broadcast.serving("orders", (0, 0), AT_ONCE) == ("b",)


async def test_a_dead_workers_successor_has_to_acknowledge_for_itself() -> None:
    broadcast = one_seat()
    broadcast.heard("a", Applied(2))
    broadcast.leave("a")
    assert await broadcast.acknowledged(2, AT_ONCE) == ("a",)


async def test_an_orphan_is_told_everything_and_waited_for_until_it_is_gone() -> None:
    broadcast, wire = one_seat(), Wire()
    broadcast.publish(snapshot(9))
    broadcast.heard("a", Applied(9))
    broadcast.join("orphan-1", wire, 41)
    assert wire.told == [Apply(snapshot(9))]
    assert await broadcast.acknowledged(9, AT_ONCE) == ("orphan-1",)
    broadcast.heard("orphan-1", Applied(9))
    assert wire.told == [Apply(snapshot(9))]  # it accepts where it did, nobody tells it
    assert broadcast.states() == {"ready": 1, "starting": 0, "leaving": 1}
    broadcast.leave("orphan-1")
    assert await broadcast.acknowledged(9, AT_ONCE) == ()


async def test_it_is_ready_when_slots_are_accepted_on_and_every_seat_serves() -> None:
    broadcast, wire = two_seats(), Wire()
    broadcast.join("a", wire, 41)
    broadcast.join("b", Wire(), 41)
    ready = asyncio.ensure_future(broadcast.ready())
    broadcast.heard("a", Applied(1))
    assert wire.told == [Accept([0])]
    assert [broadcast.is_ready] == [False]
    broadcast.heard("a", Accepting([0]))
    await asyncio.wait_for(broadcast.covered(), SOON)
    assert [broadcast.is_ready] == [True]
    assert not ready.done()
    assert broadcast.states() == {"ready": 1, "starting": 1, "leaving": 0}
    broadcast.heard("b", Applied(1))
    await asyncio.wait_for(ready, SOON)


async def test_who_says_that_it_leaves_has_its_slots_taken() -> None:
    broadcast, spare = two_seats(), Wire()
    broadcast.join("a", Wire(), 41)
    broadcast.heard("a", Applied(1))
    broadcast.heard("a", Accepting([0]))
    broadcast.join("b", spare, 41)
    broadcast.heard("b", Applied(1))
    broadcast.heard("a", Leaving())
    broadcast.heard("a", Applied(2))  # it still obeys, and is not counted on again
    assert spare.told == [Accept([0])]
    assert broadcast.states() == {"ready": 1, "starting": 0, "leaving": 1}


async def test_it_is_deserted_when_the_last_one_accepts_nothing_more() -> None:
    acceptors = Acceptors([0])
    broadcast = Broadcast(["a"], acceptors)
    broadcast.join("orphan-1", Wire(), 41)
    broadcast.join("a", Wire(), 41)
    broadcast.heard("a", Applied(1))
    broadcast.heard("a", Accepting([0]))
    acceptors.close()
    deserted = asyncio.ensure_future(broadcast.deserted())
    broadcast.heard("orphan-1", Accepting([]))
    await asyncio.wait_for(broadcast.relieved(), SOON)
    broadcast.heard("a", Leaving())
    await asyncio.sleep(0)
    assert not deserted.done()
    broadcast.heard("a", Accepting([]))
    await asyncio.wait_for(deserted, SOON)


async def test_the_last_telemetry_of_who_is_here_is_kept() -> None:
    broadcast = two_seats()
    broadcast.join("a", Wire(), 41)
    broadcast.heard("a", Telemetry(is_full=True))
    assert broadcast.telemetry() == {"a": Telemetry(is_full=True)}
    broadcast.leave("a")
    assert broadcast.telemetry() == {}


async def test_every_worker_is_shown_with_where_it_accepts_and_by_what_it_serves() -> None:
    broadcast = two_seats()
    broadcast.join("a", Wire(), 41)
    broadcast.heard("a", Applied(1, {"support": (0, 4)}))
    broadcast.heard("a", Accepting([0]))
    broadcast.join("orphan-1", Wire(), 7)
    assert broadcast.workers() == (
        WorkerState("a", 41, "ready", (0,), {"support": (0, 4)}),
        WorkerState("b", None, "starting", (), {}),
        WorkerState("orphan-1", 7, "leaving", (), {}),
    )
    broadcast.leave("a")
    assert broadcast.workers()[0] == WorkerState("a", None, "starting", (), {})


# Rollbacks...


async def test_each_worker_is_heard_as_it_serves_by_a_rollback_and_all_of_them_end_the_wait() -> (
    None
):
    broadcast, heard, seen = two_seats(), list[tuple[str, str]](), AiSeen(7.5, 3)

    def on_word(worker: str, service: str, said: AiSeen) -> None:
        heard.append((worker, service))
        assert (said == seen) is (worker == "b" and service == "support")

    broadcast.join("a", Wire(), 41)
    broadcast.heard("a", Applied(1, {"support": (0, 3), "orders": (1, 1)}))
    stands = {"support": (1, 4), "orders": (1, 1)}
    following = asyncio.ensure_future(broadcast.follow(stands, on_word))
    await asyncio.sleep(0)
    assert heard == [("a", "orders")]
    broadcast.heard("a", Applied(2, {"support": (1, 4), "orders": (1, 1)}))
    await asyncio.sleep(0)
    assert heard == [("a", "orders"), ("a", "support")]
    assert not following.done()  # nobody sits on the other seat yet
    broadcast.join("b", Wire(), 42)
    broadcast.heard("b", Applied(2, {"support": (2, 9), "orders": (1, 1)}, {"support": seen}))
    await asyncio.wait_for(following, SOON)
    assert sorted(heard[2:]) == [("b", "orders"), ("b", "support")]


async def test_who_is_here_and_has_not_said_that_it_serves_by_it_is_silent() -> None:
    broadcast = two_seats()
    broadcast.join("a", Wire(), 41)
    broadcast.join("orphan-1", Wire(), 7)
    assert broadcast.silent({"support": (1, 4)}) == ("a", "orphan-1")
    broadcast.heard("a", Applied(2, {"support": (1, 4)}))
    assert broadcast.silent({"support": (1, 4)}) == ("orphan-1",)
    broadcast.leave("orphan-1")
    assert broadcast.silent({"support": (1, 4)}) == ()


async def test_nobody_is_waited_for_who_no_longer_serves_what_another_config_has_taken_out() -> (
    None
):
    broadcast, heard, stands = one_seat(), list[str](), {"support": (1, 4)}
    broadcast.join("a", Wire(), 41)
    broadcast.publish(Snapshot(1, (service(),)))
    broadcast.heard("a", Applied(1, {"support": (0, 3)}))
    following = asyncio.ensure_future(broadcast.follow(stands, lambda *said: heard.append(said[0])))
    broadcast.publish(snapshot(2))
    await asyncio.sleep(0)
    assert broadcast.silent(stands) == ("a",)  # it still serves by what it had
    broadcast.heard("a", Applied(2))
    await asyncio.wait_for(following, SOON)
    assert broadcast.silent(stands) == ()
    assert heard == ["a"]


async def test_who_does_not_know_a_new_service_yet_is_waited_for() -> None:
    broadcast = one_seat()
    broadcast.join("a", Wire(), 41)
    broadcast.heard("a", Applied(1))
    broadcast.publish(Snapshot(2, (service(),)))
    assert broadcast.silent({"support": (1, 4)}) == ("a",)


async def test_only_who_serves_by_less_is_behind() -> None:
    broadcast = two_seats()
    broadcast.join("a", Wire(), 41)
    broadcast.heard("a", Applied(1, {"support": (0, 3)}))
    assert await broadcast.caught_up("support", (0, 3), AT_ONCE) == ()
    assert await broadcast.caught_up("support", (0, 4), 0.01) == ("a",)
