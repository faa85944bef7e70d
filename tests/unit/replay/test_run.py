import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from itertools import count

import pytest

from router.compare.pair import Answer, Asked, Loss, Pair
from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.model import BasisPoints, Variant
from router.replay.run import Replay
from router.routing.snapshot import Shadow
from router.tasks import TaskOwner
from tests.support.shadows import shadow_to

GET = Asked(b"GET", b"/", [], b"", 0)
SECRET = Asked(b"GET", b"/", [], b"unreadable", 10)


class Variants:
    """Backends that answer as they are told, and remember who was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.at_once = 0
        self.most = 0
        self.losses: list[Loss] = []
        self.busy = asyncio.Event()
        self.enough = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def may_ask(self, asked: Asked) -> bool:
        return asked.body != b"unreadable"

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
    return Answer(variant, 200, [], b"", 0, loss=loss)


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


def replay(
    variants: Variants, clock: Clock, shadow: Shadow | None = None, rate: float = 10
) -> Replay:
    numbers = count(1)
    return Replay(
        "support",
        shadow or shadow_to(),
        variants,
        judged,
        rate=rate,
        clock=lambda: clock.now,
        now=lambda: 1e9,
        request_ids=lambda: b"replay-%d" % next(numbers),
    )


async def one_by_one(requests: Iterable[Asked]) -> AsyncIterator[Asked]:
    for asked in requests:
        yield asked


async def run(it: Replay, requests: Iterable[Asked]) -> None:
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


async def test_what_a_shadow_would_not_copy_is_not_replayed(clock: Clock) -> None:
    variants = Variants()
    shadow = shadow_to(max_body=10)
    it = replay(variants, clock, shadow)
    large = replace(GET, size=11)
    await run(it, [replace(GET, method=b"DELETE"), replace(GET, target=b"*"), large, SECRET, GET])
    assert len(variants.asked) == 1
    reasons = ("unsafe_method", "no_path", "too_large", "unmaskable")
    assert it.played.left_out == dict.fromkeys(reasons, 1)
    assert (it.played.read, it.played.sent) == (5, 1)


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
