import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from router.compare.custom import Question
from router.compare.pair import Answer
from router.compare.rules import CompareRules
from router.compare.tally import load
from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.comparer.counting import Counting
from router.comparer.custom import Custom, Senses
from router.comparer.custom_words import READY, Reply
from router.comparer.judging import Judging, Portray, Shown
from router.comparer.phases import Phases
from router.comparer.reservoir import Reservoir
from router.comparer.sampling import Draw
from router.comparer.work import DROPPED, SAMPLED_OUT, Clocks, Work
from router.tasks import TaskOwner
from router.wire.comparing import Sample
from tests.support.moments import until
from tests.support.pairs import pair

DIFFERENT = Verdict((Difference("/label", Change.VALUE, "/label", "a", "b"),))


class ByBytes:
    """Tells whether two answers are alike, in the thread that it says."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()

    def compare(self, legacy: Answer, ai: Answer) -> Verdict:
        self.threads.add(threading.current_thread().name)
        self.gate.wait(5)
        return Verdict() if legacy.body == ai.body else DIFFERENT


@dataclass
class Hands:
    """The clocks; every comparison takes `cost` seconds of a core."""

    now: float = 0.0
    used: float = 0.0
    cost: float = 0.0

    def spend(self) -> float:
        self.used += self.cost
        return self.used


@dataclass
class Bench:
    """A comparer's work, with everything that it meets."""

    work: Work
    hands: Hands
    judge: ByBytes = field(default_factory=ByBytes)
    failures: list[Exception] = field(default_factory=list[Exception])

    def compare(
        self,
        share: float = 0.5,
        portray: Portray = lambda _: None,
        customs: Mapping[str, Custom] | None = None,
        services: Sequence[str] = ("support",),
    ) -> None:
        judging = Judging(
            {"support": self.judge, "billing": self.judge},
            Phases("x-gray-"),
            portray,
            self.hands.spend,
            self.failures.append,
        )
        self.work.compare_by(judging, dict.fromkeys(services, share), customs or {})

    async def judged(self, number: int, seconds: float = 0.0) -> None:
        """Have the work go on until so many pairs were judged."""
        before = self.counted()
        while self.counted() < before + number:
            self.hands.now += seconds
            await self.work.step()

    def counted(self) -> int:
        return sum(
            count
            for result, count in self.work.results.get("support", {}).items()
            if result not in (SAMPLED_OUT, DROPPED)
        )


@asynccontextmanager
async def bench(cost: float = 0.0) -> AsyncGenerator[Bench]:
    hands = Hands(cost=cost)
    clocks = Clocks(lambda: hands.now, lambda: hands.now, lambda: hands.used)
    with ThreadPoolExecutor(1, "judge") as thread:
        tasks = TaskOwner(lambda _name, _error: None)
        yield Bench(Work(Draw(b"k" * 32), Reservoir(lambda: 1.0), clocks, thread, tasks), hands)
        await tasks.close()


async def test_pairs_are_judged_in_the_thread_and_counted() -> None:
    async with bench() as it:
        it.compare()
        it.hands.now = 1.0
        it.work.take([pair(), pair(ai=b"other")])
        await it.judged(2)
        assert it.work.results == {"support": {"match": 1, "divergent": 1}}
        assert [name.startswith("judge") for name in it.judge.threads] == [True]
        assert it.work.is_idle


async def test_pairs_of_a_service_that_is_not_compared_are_dropped_and_counted() -> None:
    async with bench() as it:
        it.work.take([pair()])  # before there are any rules
        it.compare()
        it.work.take([pair(service="billing"), pair()])
        it.work.compare_by(Judging({}, Phases(""), lambda _: None, float, lambda _: None), {}, {})
        assert it.work.results == {"support": {DROPPED: 2}, "billing": {DROPPED: 1}}
        assert it.work.is_idle


async def test_a_pair_whose_count_raises_is_an_error_and_costs_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def add(counting: Counting, judged: Judged) -> Result:
        if judged.seconds[1] == 9.0:
            raise OverflowError
        return whole(counting, judged)

    whole = Counting.add
    monkeypatch.setattr(Counting, "add", add)
    async with bench() as it:
        it.compare()
        it.hands.now = 1.0
        one = pair()
        it.work.take([replace(one, ai=replace(one.ai, seconds=9.0)), pair(), pair()])
        await it.judged(3)
        assert it.work.results == {"support": {"error": 1, "match": 2}}
        assert [type(each) for each in it.failures] == [OverflowError]


async def test_pairs_that_are_to_be_shown_become_samples() -> None:
    def portray(shown: Shown) -> Sample:
        return Sample(
            shown.pair.request_id.decode(), "support", "7", 0.0, shown.result.value, (), b""
        )

    async with bench() as it:
        it.compare(portray=portray)
        it.hands.now = 1.0
        it.work.take([pair(ai=b"other", number=number) for number in range(9)])
        await it.judged(9)
        assert [(each.id, each.detail) for each in it.work.outbox.next()] == [
            (f"request-{number}", "divergent") for number in range(5)
        ]


async def test_what_is_too_much_is_sampled_down_and_every_pair_says_what_it_stands_for() -> None:
    async with bench(cost=0.0007) as it:
        it.compare(share=0.5)
        for second in range(8):
            it.work.take([pair(number=second * 4000 + number) for number in range(4000)])
            for _ in range(40):
                it.hands.now += 0.025
                await it.work.step()
            it.work.look()
        results = it.work.results["support"]
        assert it.work.told()[0] == {"support": 8}
        assert results[SAMPLED_OUT] + it.counted() + len(it.work.waiting) == 32_000
        told, _ = it.work.counting.untold()
        (whole,) = [each for each in told if each.minute is None]
        stood_for = _requests(whole.counts)
        assert abs(stood_for / 32_000 - 1) < 0.1
        assert it.hands.used < 8 * 0.5 + 0.6


def _requests(counts: bytes) -> int:
    return load(counts).requests


async def test_it_runs_until_cancelled_and_says_when_there_is_room_again() -> None:
    easy = asyncio.Event()
    async with bench() as it:
        it.compare()
        it.hands.now = 1.0
        running = asyncio.ensure_future(it.work.run(easy.set))
        it.work.take([pair()])
        await asyncio.wait_for(easy.wait(), 5)
        await until(lambda: it.work.is_idle)
        it.work.take([pair()])
        await until(lambda: it.counted() == 2)
        running.cancel()


async def test_a_service_whose_bank_is_empty_waits_and_holds_up_nobody() -> None:
    async with bench(cost=1.0) as it:
        judges = {"support": it.judge, "billing": it.judge}
        judging = Judging(judges, Phases("x-gray-"), lambda _: None, it.hands.spend, lambda _: None)
        it.work.compare_by(judging, {"support": 0.1, "billing": 0.5}, {})
        it.hands.now = 1.0
        it.work.take([pair(), pair(), pair(service="billing")])
        await it.work.step()
        assert it.work.results == {"support": {"match": 1}, "billing": {"match": 1}}
        assert not it.work.is_idle
        await it.work.step()
        assert len(it.work.waiting) == 1
        it.hands.now = 100.0
        await it.judged(1)


@dataclass
class SlowFunction:
    """The process of a service's own function: whatever it is asked differs, once it is told to."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    async def ask(self, _asked: Question) -> Reply:
        await self.gate.wait()
        return Reply("different")

    async def end(self) -> None:
        self.is_over = True

    async def start(self) -> tuple["SlowFunction", Reply]:
        return self, READY


async def test_a_function_of_ones_own_is_waited_for_and_holds_up_nobody_else() -> None:
    function = SlowFunction()
    senses = Senses(lambda: 0.0, lambda: 0.0, lambda _event, _detail: None)
    custom = Custom(CompareRules(custom="judge:compare"), function.start, senses)
    shown: list[Shown] = []

    async with bench() as it:
        both = ("support", "billing")
        it.compare(portray=shown.append, customs={"support": custom}, services=both)
        it.hands.now = 1.0
        it.work.take([pair(ai=b"other"), pair(service="billing")])
        await until_stepped(it, lambda: "billing" in it.work.results)
        assert it.work.results == {"billing": {"match": 1}}
        assert not it.work.is_idle
        function.gate.set()
        await until(lambda: it.work.is_idle)
        assert it.work.results["support"] == {"divergent": 1}
        (last,) = (each.judged for each in shown if each.pair.service == "support")
        assert [found.field for found in last.verdict.differences] == ["/label", "custom"]


async def until_stepped(it: Bench, is_so: Callable[[], bool]) -> None:
    while not is_so():
        await it.work.step()


async def test_pairs_of_a_message_are_counted_together_or_not_at_all() -> None:
    async with bench(cost=0.006) as it:  # two of them are a turn's work
        it.compare(share=1.0)
        it.hands.now = 1.0
        parcel = it.work.parcels.open("1-0", 100, 3)
        it.work.take([pair(), pair(ai=b"other"), pair()], parcel)
        await it.work.step()
        assert len(it.work.waiting) == 1
        assert it.work.results == {}
        assert it.work.parcels.tell() == []
        await it.work.step()
        assert it.work.results == {"support": {"match": 2, "divergent": 1}}
        assert it.work.parcels.tell() == [parcel]
        assert it.work.is_idle


async def test_a_message_of_which_nothing_is_compared_is_done_with_at_once() -> None:
    async with bench() as it:
        it.compare()
        parcel = it.work.parcels.open("1-0", 100, 2)
        it.work.take([pair(service="gone"), pair(service="gone")], parcel)
        assert not it.work.is_idle
        await it.work.step()
        assert it.work.parcels.tell() == [parcel]
        assert it.work.is_idle


async def test_a_message_whose_service_is_dropped_has_those_counted_that_were_judged() -> None:
    async with bench(cost=0.011) as it:
        it.compare(share=1.0)
        it.hands.now = 1.0
        parcel = it.work.parcels.open("1-0", 100, 2)
        it.work.take([pair(), pair()], parcel)
        await it.work.step()
        it.compare(services=("billing",))
        await it.work.step()
        assert it.work.results == {"support": {"match": 1, DROPPED: 1}}
        assert it.work.parcels.tell() == [parcel]
        assert not it.work.is_compared("support")


async def test_what_a_turn_leaves_of_a_service_that_went_meanwhile_is_dropped() -> None:
    async with bench(cost=0.011) as it:  # one of them is a turn's work
        it.compare(share=1.0)
        it.hands.now = 1.0
        it.work.take([pair(number=number) for number in range(3)])
        it.judge.gate.clear()
        stepping = asyncio.ensure_future(it.work.step())
        await until(lambda: bool(it.judge.threads))
        it.compare(services=("billing",))
        it.judge.gate.set()
        await stepping
        assert it.work.results == {"support": {"match": 1, DROPPED: 2}}
        assert it.work.is_idle
        await it.work.step()


async def test_a_service_may_go_while_it_waits_for_its_bank_and_samples_are_made() -> None:
    portrayed, gate = threading.Event(), threading.Event()

    def portray(_: Shown) -> None:
        portrayed.set()
        gate.wait(5)

    async with bench(cost=0.011) as it:
        it.compare(share=1.0, portray=portray)
        it.hands.now = 1.0
        parcel = it.work.parcels.open("1-0", 100, 2)
        it.work.take([pair(ai=b"other"), pair()], parcel)
        await it.work.step()
        it.compare(services=("billing",))  # the message is whole now, and has something to show
        it.work.take([pair(service="billing")])
        stepping = asyncio.ensure_future(it.work.step())
        await until(portrayed.is_set)
        it.compare(services=("support",))
        gate.set()
        await stepping
        assert it.work.results["billing"] == {DROPPED: 1}
        assert it.work.is_idle


async def test_a_message_of_which_some_are_sampled_out_later_is_counted_with_the_others() -> None:
    async with bench(cost=0.011) as it:
        it.compare(share=0.1)
        parcel = it.work.parcels.open("1-0", 100, 200)
        it.work.take([pair(number=number) for number in range(200)], parcel)
        while not it.work.results.get("support", {}).get(SAMPLED_OUT):
            it.hands.now += 0.5
            await it.work.step()
            it.work.look()
        assert it.counted() == 0
        while not it.work.is_idle:
            it.hands.now += 0.5
            await it.work.step()
        assert it.counted() + it.work.results["support"][SAMPLED_OUT] == 200
        assert it.work.parcels.tell() == [parcel]


async def test_a_message_waits_for_a_function_of_ones_own_too() -> None:
    function = SlowFunction()
    senses = Senses(lambda: 0.0, lambda: 0.0, lambda _event, _detail: None)
    custom = Custom(CompareRules(custom="judge:compare"), function.start, senses)
    async with bench() as it:
        it.compare(customs={"support": custom})
        it.hands.now = 1.0
        parcel = it.work.parcels.open("1-0", 100, 2)
        it.work.take([pair(ai=b"other"), pair(ai=b"more")], parcel)
        await until_stepped(it, lambda: not len(it.work.waiting))
        assert it.work.results == {}
        function.gate.set()
        await until(lambda: it.work.is_idle)
        assert it.work.results == {"support": {"divergent": 2}}
        assert it.work.parcels.tell() == [parcel]
