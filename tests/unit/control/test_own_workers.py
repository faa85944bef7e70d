from collections.abc import Callable

import pytest

from router.control import own_workers
from router.control.clocks import Clocks
from router.control.own_workers import Hearing, OwnWorkers, WorkerWord
from router.release.state import Release, Status
from router.tasks import TaskOwner
from router.wire.messages import AiSeen
from tests.support.releases import BOOTED, NOON, HeardWorkers, compiled

STAND = (2, 4)
SOON = 5.0


@pytest.fixture
def workers() -> HeardWorkers:
    workers = HeardWorkers()
    workers.names = ("worker-1", "worker-2")
    release = Release("support", Status.ROLLED_BACK, epoch=2, revision=4)
    workers.publish(compiled({"support": release}, 7))
    return workers


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_workers, "ACKNOWLEDGE_WITHIN", 0.02)


def of(
    workers: HeardWorkers,
    boottime: Callable[[], float] = lambda: BOOTED,
    replace: Callable[[str], bool] | None = None,
) -> OwnWorkers:
    def died(task: str, error: BaseException) -> None:
        raise AssertionError(task) from error

    ticks = iter(range(1_000_000))
    clocks = Clocks(lambda: NOON, lambda: next(ticks) / 1000, boottime)
    return OwnWorkers(workers, replace or workers.replace, clocks, TaskOwner(died))


def called(own: OwnWorkers) -> Hearing:
    hearing = own.begin()
    hearing.stands = {"support": STAND}
    return hearing


async def test_each_word_is_told_as_it_comes_and_remembered(workers: HeardWorkers) -> None:
    own, heard = of(workers), list[WorkerWord]()
    hearing = called(own)
    await own.follow(hearing, heard.append, SOON)
    assert [word.worker for word in heard] == ["worker-1", "worker-2"]
    assert hearing.of("support") == heard
    assert hearing.applied_ms("support") == heard[-1].applied_ms == 2.0
    assert hearing.of("orders") == []


@pytest.mark.usefixtures("short")
async def test_who_says_nothing_is_killed_once_and_his_successor_waited_for(
    workers: HeardWorkers,
) -> None:
    workers.missing = ("worker-2",)
    moments = iter((BOOTED, BOOTED + 0.5))
    own = of(workers, lambda: next(moments))
    hearing = called(own)
    await own.follow(hearing, lambda _: None, 0.1)
    assert workers.replaced == ["worker-2"]
    assert hearing.applied_ms("support") == hearing.last_begun_ms("support") == 500.0
    assert own.silent("support", STAND) == ()


@pytest.mark.usefixtures("short")
async def test_where_nobody_was_killed_no_time_is_noted(workers: HeardWorkers) -> None:
    workers.missing = ("worker-2",)
    own = of(workers, replace=lambda _: False)
    hearing = called(own)
    await own.follow(hearing, lambda _: None, 0.1)
    assert hearing.killed_at == 0.0
    assert own.silent("support", STAND) == ("worker-2",)
    assert own.count("support", STAND) == (2, 1)


async def test_what_ai_has_had_is_added_up(workers: HeardWorkers) -> None:
    workers.seen = AiSeen(last_begun=BOOTED + 0.0125, in_flight=2)
    own = of(workers)
    hearing = called(own)
    await own.follow(hearing, lambda _: None, SOON)
    assert hearing.in_flight("support") == 4
    assert hearing.last_begun("support") == BOOTED + 0.0125
    assert hearing.last_begun_ms("support") == 12.5


async def test_where_ai_was_never_asked_there_is_no_last_time(workers: HeardWorkers) -> None:
    own = of(workers)
    hearing = called(own)
    await own.follow(hearing, lambda _: None, SOON)
    assert hearing.last_begun("support") == 0.0
    assert hearing.last_begun_ms("support") is None


def test_how_long_ago_something_was_is_never_less_than_nothing() -> None:
    own = of(HeardWorkers())
    assert own.ago(BOOTED - 0.25) == 250.0
    assert own.ago(BOOTED + 1) == 0.0
