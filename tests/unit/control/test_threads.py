import asyncio
import threading

import pytest

from router.control.threads import in_thread


async def test_the_loop_goes_on_while_a_thread_waits() -> None:
    may_end = threading.Event()
    waiting = asyncio.ensure_future(in_thread(lambda: may_end.wait(10), "wait"))
    await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    assert await waiting is True


async def test_work_is_done_in_a_thread_that_bears_its_name() -> None:
    assert await in_thread(lambda: threading.current_thread().name, "reload") == "reload"


async def test_an_exception_is_raised_where_the_work_is_awaited() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await in_thread(fail, "fail")


async def test_where_no_further_thread_may_be_started_the_work_fails_as_on_a_full_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    with pytest.raises(OSError, match="no further thread"):
        await in_thread(lambda: None, "work")


def test_a_thread_that_never_returns_does_not_keep_the_loop_from_its_end() -> None:
    started, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def stuck() -> None:
        started.set()
        may_end.wait(10)
        ended.set()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await in_thread(stuck, "stuck")

    asyncio.run(give_up())
    assert started.is_set()
    assert not ended.is_set()
    may_end.set()
    assert ended.wait(10)


async def test_whoever_no_longer_waits_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    may_end, ends = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        may_end.wait(10)
        loop.call_soon_threadsafe(ends.set)

    waiting = asyncio.ensure_future(in_thread(work, "work"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_end.set()
    await ends.wait()
    for thread in threading.enumerate():
        if thread.name == "work":
            thread.join(10)
    await asyncio.sleep(0)
    assert caplog.records == []
