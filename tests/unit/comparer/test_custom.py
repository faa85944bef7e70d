"""Who is asked what, by a process that is a double: `test_custom_process` has the real one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from router.compare.custom import Question
from router.compare.pair import Answer, Asked, Pair
from router.compare.rules import CompareRules
from router.compare.verdict import Judged, Verdict
from router.comparer.custom import MOST_BYTES, MOST_WAITING, TOLD_EVERY, Custom, Senses
from router.comparer.custom_words import READY, Reply
from router.model import Variant

RULES = CompareRules(custom="judge:compare")
LOST = Reply("custom_failed", "its process ended")
SAME, DIFFERENT = Reply("same"), Reply("different")


def answer(variant: Variant, body: bytes) -> Answer:
    return Answer(variant, 200, [], body, len(body))


PAIR = Pair(
    service="support",
    request_id=b"1",
    phase=1,
    at=0.0,
    request=Asked(b"GET", b"/", [], b"", 0),
    served=Variant.LEGACY,
    legacy=answer(Variant.LEGACY, b"so"),
    ai=answer(Variant.AI, b"thus"),
)
TWICE = replace(
    PAIR,
    legacy_repeat=answer(Variant.LEGACY, b"so!"),
    ai_repeat=answer(Variant.AI, b"thus"),
)
JUDGED = Judged("support", "1", 0.0, Verdict())
JUDGED_TWICE = replace(JUDGED, legacy_noise=Verdict(), ai_noise=Verdict())


@dataclass
class Process:
    """Gives these replies in turn; it is over after the one that says so, and after the last."""

    replies: list[Reply]
    asked: list[Question] = field(default_factory=list)
    is_over: bool = False
    gate: asyncio.Event | None = None

    async def ask(self, asked: Question) -> Reply:
        if self.gate is not None:
            await self.gate.wait()
        self.asked.append(asked)
        reply = self.replies.pop(0)
        self.is_over = reply == LOST
        return reply

    async def end(self) -> None:
        self.is_over = True


class Bench:
    """A service's function on these processes, a clock that is set by hand, and what is told."""

    def __init__(self, *processes: Process, rolls: tuple[float, ...] = ()) -> None:
        self.now = 100.0
        self.told: list[tuple[str, str]] = []
        self.started = 0
        self._processes = iter(processes)
        rolled = iter(rolls)
        senses = Senses(lambda: self.now, lambda: next(rolled, 0.9), self._tell)
        self.custom = Custom(RULES, self._start, senses)

    async def judged(self, pair: Pair = PAIR, judged: Judged = JUDGED) -> Judged:
        return await self.custom.judged(pair, judged)

    async def _start(self) -> tuple[Process, Reply]:
        self.started += 1
        await asyncio.sleep(0)
        process = next(self._processes)
        return process, LOST if process.is_over else READY

    def _tell(self, event: str, detail: str) -> None:
        self.told.append((event, detail))


def fields(verdict: Verdict | None) -> list[str]:
    assert verdict is not None
    return [difference.field for difference in verdict.differences]


async def test_the_function_adds_a_field() -> None:
    bench = Bench(Process([SAME, DIFFERENT]))
    assert fields((await bench.judged()).verdict) == []
    assert fields((await bench.judged()).verdict) == ["custom"]
    assert bench.started == 1
    assert bench.told == []


async def test_whose_answer_comes_first_is_drawn_for_each_question() -> None:
    process = Process([SAME, SAME])
    bench = Bench(process, rolls=(0.1, 0.6))
    await bench.judged()
    await bench.judged()
    assert [asked.a["body"] for asked in process.asked] == ["thus", "so"]


async def test_who_was_asked_twice_is_compared_with_himself_too() -> None:
    process = Process([SAME, DIFFERENT])
    judged = await Bench(process).judged(TWICE, JUDGED_TWICE)
    assert fields(judged.verdict) == []
    assert fields(judged.legacy_noise) == ["custom"]
    assert fields(judged.ai_noise) == []  # equal to the byte: nobody was asked
    assert len(process.asked) == 2


async def test_of_a_pair_that_is_an_error_nobody_is_asked() -> None:
    error = replace(JUDGED_TWICE, verdict=Verdict(error="too_deep"))
    process = Process([])
    assert await Bench(process).judged(TWICE, error) == error
    assert process.asked == []


async def test_without_an_answer_the_pair_is_an_error_and_the_next_has_a_new_process() -> None:
    bench = Bench(Process([LOST]), Process([SAME]))
    assert (await bench.judged()).verdict == Verdict(error="custom_failed")
    assert (await bench.judged()).verdict == Verdict()
    assert bench.told == [("custom_failed", "judge:compare: its process ended")]


async def test_a_process_that_cannot_live_is_started_less_and_less_often() -> None:
    bench = Bench(*(Process([], is_over=True) for _ in range(20)))
    starts = []
    for _ in range(600):
        before = bench.started
        assert (await bench.judged()).verdict.error == "custom_failed"
        if bench.started > before:
            starts.append(bench.now - 100)
        bench.now += 0.5
    assert starts[:8] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5]
    assert starts[8:] == [123.5, 183.5, 243.5]


async def test_a_process_that_cannot_even_be_started_costs_one_pair() -> None:
    async def start() -> tuple[Process, Reply]:
        if not tries:
            tries.append(1)
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return Process([SAME]), READY

    tries: list[int] = []
    told: list[str] = []
    senses = Senses(lambda: 0.0, lambda: 0.0, lambda _event, detail: told.append(detail))
    custom = Custom(RULES, start, senses)
    assert (await custom.judged(PAIR, JUDGED)).verdict.error == "custom_failed"
    assert (await custom.judged(PAIR, JUDGED)).verdict.error == ""
    assert told == ["judge:compare: no process: Resource temporarily unavailable"]


async def test_an_answer_makes_up_for_losses() -> None:
    processes = [Process([LOST]), Process([SAME, LOST]), Process([SAME])]
    bench = Bench(*processes)
    errors = [(await bench.judged()).verdict.error for _ in range(4)]
    assert errors == ["custom_failed", "", "custom_failed", ""]


async def test_failures_are_told_once_in_a_while() -> None:
    failed = Reply("custom_failed", "KeyError at judge.py:7")
    bench = Bench(Process([failed] * 4))
    for pause in (0.0, 1.0, TOLD_EVERY, 1.0):
        bench.now += pause
        await bench.judged()
    assert bench.told == [("custom_failed", "judge:compare: KeyError at judge.py:7")] * 2


async def waiting_for(gate: asyncio.Event, pairs: list[Pair]) -> list[str]:
    """Return the errors of pairs that all wait for one that is asked about."""
    bench = Bench(Process([SAME] * len(pairs), gate=gate))
    judging = [asyncio.ensure_future(bench.judged(pair)) for pair in pairs]
    for _ in range(3):
        await asyncio.sleep(0)
    gate.set()
    return [(await each).verdict.error for each in judging]


@pytest.mark.parametrize(
    ("pair", "fit"),
    [
        (lambda: PAIR, MOST_WAITING),
        (lambda: replace(PAIR, ai=answer(Variant.AI, bytes(MOST_BYTES // 4))), 3),
    ],
    ids=["pairs", "bytes"],
)
async def test_few_wait_for_a_slow_function_and_the_others_are_counted(
    pair: Callable[[], Pair], fit: int
) -> None:
    errors = await waiting_for(asyncio.Event(), [pair()] * (fit + 2))
    assert errors == [""] * fit + ["custom_busy"] * 2


async def test_a_function_that_was_never_asked_ends_at_once() -> None:
    bench = Bench()
    await bench.custom.close()
    assert bench.started == 0


async def test_the_process_ends_with_its_service_and_is_not_started_again() -> None:
    process = Process([SAME])
    bench = Bench(process)
    await bench.judged()
    await bench.custom.close()
    assert process.is_over
    assert (await bench.judged()).verdict.error == "custom_failed"
    assert bench.started == 1


async def test_a_process_that_starts_while_its_service_goes_ends_too() -> None:
    process = Process([SAME])
    bench = Bench(process)
    judging = asyncio.ensure_future(bench.judged())
    await asyncio.sleep(0)
    assert bench.started == 1
    await bench.custom.close()
    assert (await judging).verdict.error == "custom_failed"
    assert process.is_over
    assert process.asked == []


async def test_one_that_goes_answers_first_what_waits_for_it() -> None:
    gate = asyncio.Event()
    process = Process([SAME, DIFFERENT], gate=gate)
    bench = Bench(process)
    judging = [asyncio.ensure_future(bench.judged()) for _ in range(2)]
    await asyncio.sleep(0)
    ending = asyncio.ensure_future(bench.custom.finish())
    await asyncio.sleep(0)
    gate.set()
    assert [fields((await each).verdict) for each in judging] == [[], ["custom"]]
    await ending
    assert process.is_over
    assert bench.told == []
