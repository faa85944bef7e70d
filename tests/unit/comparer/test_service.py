import asyncio
import socket
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from router.compare.rules import CompareRules
from router.compare.verdict import Judged, Verdict
from router.comparer import counting, service as module
from router.comparer.reservoir import Reservoir
from router.comparer.sampling import Draw
from router.comparer.service import Service
from router.comparer.work import Clocks, Work
from router.tasks import TaskOwner
from router.wire.channel import Channel
from router.wire.comparing import (
    CompareBy,
    Compared,
    Finish,
    Kept,
    Sample,
    Settled,
    StreamSeen,
)
from router.wire.messages import Drain
from tests.support.moments import until
from tests.support.pairs import MINUTE

BY = CompareBy({"support": CompareRules()})
SEEN = StreamSeen(5, 6, 7.0)
SAMPLE = Sample("a1", "support", "7", MINUTE, "diff", (), b"{}")


@dataclass
class Talk:
    """Both ends of the talk, and the work that it is about."""

    service: Service
    supervisor: Channel
    work: Work
    heard: list[CompareBy]

    async def compared(self) -> Compared:
        async with asyncio.timeout(5):
            message = await self.supervisor.receive()
        assert isinstance(message, Compared)
        return message

    def judge(self) -> None:
        self.work.counting.add(Judged("support", "7", MINUTE, Verdict()))


@asynccontextmanager
async def talk(deserted: bool = True) -> AsyncGenerator[Talk]:
    ours, theirs = socket.socketpair()
    supervisor, channel = await Channel.over(theirs), await Channel.over(ours)
    heard: list[CompareBy] = []
    clocks = Clocks(lambda: 0.0, lambda: MINUTE, lambda: 0.25)
    with ThreadPoolExecutor(1) as thread:
        tasks = TaskOwner(lambda _name, _error: None)
        work = Work(Draw(b"k" * 32), Reservoir(lambda: 1.0), clocks, thread, tasks)
        service = Service(work, channel, heard.append, lambda: deserted, "reader")
        service.stream = lambda: SEEN
        yield Talk(service, supervisor, work, heard)
        for each in (supervisor, channel):
            each.close()
            await each.wait_closed()


async def test_rules_that_come_are_compared_by_until_it_is_enough() -> None:
    async with talk() as it:
        it.supervisor.send(BY)
        it.supervisor.send(Finish(2.5))
        assert await it.service.obey() == 2.5
        assert it.heard == [BY]


@pytest.mark.parametrize("message", [None, Drain(1.0)])
def test_a_supervisor_that_is_gone_or_another_s_is_the_end(message: Drain | None) -> None:
    async def ends() -> float | None:
        async with talk() as it:
            if message is None:
                it.supervisor.close()
            else:
                it.supervisor.send(message)
            return await it.service.obey()

    assert asyncio.run(ends()) is None


async def test_what_is_told_waits_until_it_is_kept_and_life_goes_on_meanwhile() -> None:
    async with talk() as it:
        it.judge()
        it.work.outbox.add(SAMPLE, 0.0)
        it.service.tell()
        first = await it.compared()
        assert (first.number, len(first.counted), first.samples) == (1, 2, [SAMPLE])
        assert first.cpu_seconds == 0.25
        it.judge()
        it.service.tell()
        assert await it.compared() == Compared(0, cpu_seconds=0.25, stream=SEEN)
        obeying = asyncio.ensure_future(it.service.obey())
        for number in (9, 1):  # the first is no answer to us
            it.supervisor.send(Kept(number))
        it.supervisor.send(Finish(0.0))
        await obeying
        it.service.tell()
        second = await it.compared()
        assert (second.number, len(second.counted), second.samples) == (2, 2, [])


async def test_it_says_something_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIGN_EVERY", 0.01)
    async with talk() as it:
        telling = asyncio.ensure_future(it.service.tell_again_and_again())
        it.judge()
        numbers = [(await it.compared()).number for _ in range(4)]
        assert sorted(numbers) == [0, 0, 0, 1]
        telling.cancel()


async def test_at_the_end_everything_is_told_and_kept_first() -> None:
    async with talk() as it:
        it.judge()
        finishing = asyncio.ensure_future(it.service.finish(5.0))
        hearing = asyncio.ensure_future(it.service.hear_what_is_kept())
        assert (await it.compared()).number == 1
        it.judge()
        it.supervisor.send(Kept(1))
        assert (await it.compared()).number == 2
        assert not finishing.done()
        it.supervisor.send(Kept(2))
        assert (await it.compared()).number == 0
        await asyncio.wait_for(finishing, 5)
        it.supervisor.close()
        await asyncio.wait_for(hearing, 5)


async def test_who_is_never_done_is_waited_for_no_longer_than_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LAST_WORD", 0.05)
    async with talk(deserted=False) as it:
        it.judge()
        await asyncio.wait_for(it.service.finish(0.05), 5)
        assert (await it.compared()).number == 1


async def test_what_was_counted_of_messages_is_told_whole_and_they_are_let_go_of_when_it_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_TOLD", 2)
    monkeypatch.setattr(counting, "MOST_TOLD", 2)
    async with talk() as it:
        for phase in ("7", "8"):
            it.work.counting.add(Judged("support", phase, MINUTE, Verdict()))
        parcel = it.work.parcels.open("1-0", 300, 2)
        it.work.parcels.counted.append(parcel)
        it.service.tell()
        first, last = await it.compared(), await it.compared()
        assert (first.number, len(first.counted), first.is_part, first.settled) == (
            1,
            2,
            True,
            None,
        )
        assert (last.number, len(last.counted), last.is_part) == (1, 2, False)
        assert last.settled == Settled("reader", 0, [("1-0", 300, 2)])
        assert last.stream == StreamSeen(5, 6, 7.0)
        assert it.work.parcels.has("1-0")
        obeying = asyncio.ensure_future(it.service.obey())
        it.supervisor.send(Kept(1))
        it.supervisor.send(Finish(0.0))
        await obeying
        assert not it.work.parcels.has("1-0")


async def test_messages_of_which_nothing_was_counted_are_told_of_all_the_same() -> None:
    async with talk() as it:
        it.work.parcels.counted.append(it.work.parcels.open("1-0", 300, 2))
        it.service.tell()
        told = await it.compared()
        assert (told.number, told.counted) == (1, [])
        assert told.settled == Settled("reader", 0, [("1-0", 300, 2)])


async def test_each_says_what_was_settled_before_it() -> None:
    async with talk() as it:
        obeying = asyncio.ensure_future(it.service.obey())
        said: list[tuple[int, int]] = []
        for number in (1, 2, 3):
            if number == 2:
                it.work.outbox.add(SAMPLE, 0.0)  # it is told of alone, and settles nothing
            else:
                it.work.parcels.counted.append(it.work.parcels.open(f"{number}-0", 300, 2))
            it.service.tell()
            told = await it.compared()
            if told.settled is not None:
                said.append((told.number, told.settled.after))
            it.supervisor.send(Kept(number))
            await until(lambda: it.service._told is None)
        assert said == [(1, 0), (3, 1)]
        it.supervisor.send(Finish(0.0))
        await obeying
