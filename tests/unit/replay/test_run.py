import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from itertools import count

import pytest

from router.compare.pair import Answer, Asked, Loss, Pair
from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.model import ALL, BasisPoints, Variant
from router.replay.entries import Broken, Entry, Recorded
from router.replay.judging import Ask
from router.replay.limits import HOPELESS, Costs, Pace
from router.replay.run import Replay, Rules, Senses
from router.routing.snapshot import Shadow
from router.tasks import TaskOwner
from tests.support.shadows import shadow_to

GET = Asked(b"GET", b"/", [], b"", 0)


class Variants:
    """Backends that answer as they are told, and remember who was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.at_once = 0
        self.most = 0
        self.losses: list[Loss | None] = []
        self.busy = asyncio.Event()
        self.enough = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(self, asked: Asked, request_id: bytes) -> tuple[Answer, Answer]:
        self.asked.append(request_id)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if self.at_once > 1:
            self.busy.set()
        if len(self.asked) > 4:
            self.enough.set()
        await self.gate.wait()
        self.at_once -= 1
        loss = self.losses.pop(0) if self.losses else None
        return answer(Variant.LEGACY, None), answer(Variant.AI, loss)


def answer(variant: Variant, loss: Loss | None) -> Answer:
    fields = [(b"x-gray-cost-usd", b"0.1")] if variant is Variant.AI else []
    return Answer(variant, 200, fields, b"", 0, loss=loss)


DIVERGENT = Verdict((Difference("/label", Change.VALUE, "/label", "a", "b"),))


def judged(pair: Pair) -> Judged:
    again = None if pair.legacy_repeat is None else Verdict()
    return Judged(pair.service, "", pair.at, DIVERGENT, again, again)


class Clock:
    """Moves on whenever somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        real = asyncio.sleep

        async def sleep(seconds: float) -> None:
            self.now += seconds
            if seconds:
                self.slept.append(round(seconds, 6))
            await real(0)

        monkeypatch.setattr(asyncio, "sleep", sleep)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def choose(recorded: Recorded) -> str | None:
    if recorded.asked.target == b"/other":
        return "other_service"
    return None if recorded.asked.method == b"GET" else "unsafe_method"


def replay(
    variants: Variants,
    clock: Clock,
    shadow: Shadow | None = None,
    *,
    rate: float = 10,
    custom: Ask | None = None,
    most_cost: float | None = None,
) -> Replay:
    numbers = count(1)
    senses = Senses(lambda: clock.now, lambda: 1e9, lambda: b"replay-%d" % next(numbers))
    return Replay(
        "support",
        shadow or shadow_to(),
        variants,
        Rules(choose, judged, custom),
        senses,
        pace=Pace(rate, None),
        costs=Costs(most_cost, None),
    )


async def one_by_one(requests: Iterable[Asked | Broken]) -> AsyncIterator[Entry]:
    for number, asked in enumerate(requests, 1):
        yield asked if isinstance(asked, Broken) else Recorded(asked, f"line {number}")


async def run(it: Replay, requests: Iterable[Asked | Broken]) -> None:
    deaths: list[BaseException] = []
    owner = TaskOwner(lambda _, error: deaths.append(error))
    try:
        await it.run(one_by_one(requests), owner)
    finally:
        await owner.close()
    assert deaths == []


async def test_every_request_is_asked_of_both_and_counted(clock: Clock) -> None:
    variants = Variants()
    it = replay(variants, clock)
    await run(it, [GET] * 3)
    assert variants.asked == [b"replay-1", b"replay-2", b"replay-3"]
    assert (it.played.read, it.played.sent, it.played.compared) == (3, 3, 3)
    assert it.played.tally.results == {Result.DIVERGENT: 3}
    assert it.played.is_whole


async def test_requests_go_out_at_the_rate_that_was_asked_for(clock: Clock) -> None:
    await run(replay(Variants(), clock, rate=4), [GET] * 5)
    assert clock.slept == [0.25] * 4


async def test_what_is_not_to_be_sent_is_counted_by_its_reason(clock: Clock) -> None:
    variants = Variants()
    it = replay(variants, clock)
    await run(it, [replace(GET, method=b"DELETE"), GET, replace(GET, target=b"/other")])
    assert len(variants.asked) == 1
    assert it.played.left_out == {"unsafe_method": 1}
    assert it.played.outside == {"other_service": 1}
    assert (it.played.read, it.played.eligible, it.played.sent) == (3, 2, 1)


async def test_what_is_no_request_is_counted_and_the_rest_goes_on(clock: Clock) -> None:
    variants = Variants()
    it = replay(variants, clock)
    await run(it, [GET, Broken("line 2", "body is not base64"), GET])
    assert len(variants.asked) == 2
    assert it.played.broken == {"body is not base64": 1}
    assert it.played.is_whole


async def test_a_request_without_two_whole_answers_is_counted_and_not_compared(
    clock: Clock,
) -> None:
    variants = Variants()
    it = replay(variants, clock)
    variants.losses = [Loss.TIMEOUT, Loss.LOST]
    await run(it, [GET] * 2)
    assert it.played.left_out == {"shadow_timeout": 1, "shadow_error": 1}
    assert it.played.lost == {(Variant.AI, Loss.TIMEOUT): 1, (Variant.AI, Loss.LOST): 1}
    assert it.played.compared == 0


async def test_some_are_asked_twice_of_both_so_that_noise_is_known(clock: Clock) -> None:
    variants = Variants()
    it = replay(variants, clock, replace(shadow_to(), repeat=BasisPoints(2500)))
    await run(it, [GET] * 8)
    assert len(variants.asked) == 10
    assert variants.asked.count(b"replay-4") == variants.asked.count(b"replay-8") == 2


async def test_no_more_are_on_their_way_than_may_be(clock: Clock) -> None:
    variants = Variants()
    variants.gate.clear()
    it = replay(variants, clock, replace(shadow_to(), max_concurrency=2), rate=1000)
    running = asyncio.ensure_future(run(it, [GET] * 5))
    await asyncio.wait_for(variants.busy.wait(), 5)
    for _ in range(10):
        await asyncio.sleep(0)
    assert (it.played.sent, variants.most) == (2, 2)
    variants.gate.set()
    await running
    assert (it.played.compared, variants.most) == (5, 2)


async def test_a_replay_that_is_broken_off_has_counted_what_came(clock: Clock) -> None:
    variants = Variants()

    def endless() -> Iterator[Asked]:
        while True:
            yield GET

    it = replay(variants, clock)
    running = asyncio.ensure_future(run(it, endless()))
    await asyncio.wait_for(variants.enough.wait(), 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert it.played.compared >= 4
    assert not it.played.is_whole


async def test_a_second_answer_that_is_lost_is_no_loss_of_the_pair(clock: Clock) -> None:
    variants = Variants()
    variants.losses = [None, Loss.LOST]
    it = replay(variants, clock, replace(shadow_to(), repeat=ALL))
    await run(it, [GET])
    assert (it.played.compared, it.played.lost.total()) == (1, 0)
    assert it.played.cost == 200_000_000


async def test_a_function_of_the_services_own_is_asked_about_one_pair_at_a_time(
    clock: Clock,
) -> None:
    asked: list[int] = []
    at_once: list[int] = []

    async def custom(_: Pair, found: Judged) -> Judged:
        at_once.append(1)
        asked.append(len(at_once))
        await asyncio.sleep(0.01)
        at_once.pop()
        both = (*found.verdict.differences, Difference("custom", Change.VALUE, "custom", "a", "b"))
        return replace(found, verdict=Verdict(both))

    it = replay(Variants(), clock, rate=1000, custom=custom)
    await run(it, [GET] * 10)
    assert asked == [1] * 10
    assert it.played.compared == 10
    assert it.played.differing["custom"] == [f"line {number}" for number in range(1, 6)]


async def test_where_requests_stand_whose_answers_diverge_is_told(clock: Clock) -> None:
    it = replay(Variants(), clock)
    await run(it, [GET] * 3)
    assert it.played.differing == {"/label": ["line 1", "line 2", "line 3"]}


async def test_it_ends_once_answers_have_cost_as_much_as_they_may(clock: Clock) -> None:
    variants = Variants()
    it = replay(variants, clock, replace(shadow_to(), max_concurrency=1), most_cost=0.5)
    await run(it, [GET] * 20)
    assert it.played.sent == it.played.compared == 5
    assert "--max-cost is 0.5" in it.played.stopped
    assert not it.played.is_whole


async def test_it_ends_where_a_variant_has_never_answered(clock: Clock) -> None:
    variants = Variants()
    variants.losses = [Loss.UNREACHABLE] * 1000
    it = replay(variants, clock, replace(shadow_to(), max_concurrency=1))
    await run(it, [GET] * 1000)
    assert it.played.sent == HOPELESS
    assert it.played.stopped.startswith(
        f"ai has answered none of {HOPELESS} requests (unreachable)"
    )
    assert "127.0.0.1:9002" in it.played.stopped


async def test_who_answers_now_and_then_is_asked_to_the_end(clock: Clock) -> None:
    variants = Variants()
    variants.losses = [None, *[Loss.LOST] * 99]
    it = replay(variants, clock)
    await run(it, [GET] * 100)
    assert (it.played.sent, it.played.is_whole) == (100, True)
