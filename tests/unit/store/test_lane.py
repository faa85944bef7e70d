import asyncio
import threading
from functools import partial

import pytest

from router.errors import StoreUnavailableError
from router.store.lane import Lane


async def test_work_is_done_in_the_order_in_which_it_was_given() -> None:
    lane, done = Lane("store"), list[int]()
    await asyncio.gather(*(lane.do(partial(done.append, number)) for number in range(50)))
    assert done == list(range(50))


async def test_all_work_is_done_in_one_thread_that_bears_its_name() -> None:
    lane = Lane("store")
    threads = [await lane.do(threading.current_thread) for _ in range(2)]
    assert threads[0] is threads[1]
    assert (threads[0].name, threads[0].daemon) == ("store", True)


async def test_the_loop_goes_on_while_the_disk_is_waited_for() -> None:
    lane, may_end = Lane("store"), threading.Event()
    waiting = asyncio.ensure_future(lane.do(lambda: may_end.wait(10)))
    await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    assert await waiting is True


async def test_an_exception_is_raised_where_the_work_is_awaited_and_the_lane_goes_on() -> None:
    lane = Lane("store")
    with pytest.raises(ZeroDivisionError):
        await lane.do(lambda: 1 // 0)
    assert await lane.do(lambda: "still there") == "still there"


async def test_whoever_gives_up_before_the_turn_came_takes_the_work_back() -> None:
    lane, may_end, done = Lane("store"), threading.Event(), list[str]()
    first = asyncio.ensure_future(lane.do(lambda: may_end.wait(10)))
    raised = asyncio.ensure_future(lane.do(lambda: done.append("raise")))
    rollback = asyncio.ensure_future(lane.do(lambda: done.append("rollback"), in_any_case=True))
    await asyncio.sleep(0)
    raised.cancel()
    rollback.cancel()
    await asyncio.gather(raised, rollback, return_exceptions=True)
    may_end.set()
    await first
    await lane.do(lambda: None)
    assert done == ["rollback"]


async def test_it_closes_after_all_that_was_asked_and_then_takes_nothing() -> None:
    lane, done = Lane("store"), list[str]()
    asked = asyncio.ensure_future(lane.do(lambda: done.append("asked")))
    await asyncio.sleep(0)
    await lane.close(lambda: done.append("closed"))
    await lane.close(lambda: done.append("closed again"))
    await asked
    assert done == ["asked", "closed"]
    with pytest.raises(StoreUnavailableError, match="the store is closed"):
        await lane.do(lambda: None)


async def test_its_thread_ends_with_it() -> None:
    lane = Lane("store")
    thread = await lane.do(threading.current_thread)
    await lane.close(lambda: None)
    thread.join(10)
    assert not thread.is_alive()


async def test_a_lane_that_was_never_used_has_nothing_to_close() -> None:
    done: list[str] = []
    await Lane("store").close(lambda: done.append("closed"))
    assert done == []


async def test_where_no_further_thread_may_be_started_the_store_is_away_until_one_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    lane = Lane("store")
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", none_left)
        with pytest.raises(StoreUnavailableError, match="no further thread"):
            await lane.do(lambda: None)
    assert await lane.do(lambda: "by now") == "by now"


def test_a_disk_that_never_answers_does_not_keep_the_loop_from_its_end() -> None:
    may_end, ended = threading.Event(), threading.Event()

    def stuck() -> None:
        may_end.wait(10)
        ended.set()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await Lane("store").do(stuck, in_any_case=True)

    asyncio.run(give_up())
    assert not ended.is_set()
    may_end.set()
    assert ended.wait(10)
