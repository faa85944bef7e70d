"""What happened lately is what was added between two looks at the workers' totals."""

import asyncio
import itertools
from collections.abc import Iterable, Iterator

import pytest

from router.control.recent import Figures, Recent, quantile
from router.model import FallbackReason, Variant
from router.wire.counting import DURATION_BOUNDS, Gist, VariantGist, gist_of, variant_gist
from tests.support.counts import LAST

NOTHING = VariantGist(0, (0,) * (LAST + 1))


def gist(*, ai: int = 0, failures: int = 0, fallbacks: int = 0, bucket: int = 5) -> Gist:
    """So many requests of AI, all within one bucket."""
    buckets = [0] * (LAST + 1)
    buckets[bucket] = ai
    counts = {Variant.LEGACY: NOTHING, Variant.AI: VariantGist(failures, tuple(buckets))}
    return gist_of(counts, {"connect": fallbacks})


class Workers:
    """Who counts; each has one service."""

    def __init__(self) -> None:
        self.deaths = 0
        self.counted: list[tuple[str, Gist]] = []

    def gists(self) -> Iterator[Iterable[tuple[str, Gist]]]:
        for each in self.counted:
            yield [each]


class Watch:
    """A look a second."""

    def __init__(self) -> None:
        self.workers = Workers()
        self.now = 0.0
        self.recent = Recent(self.workers, lambda: self.now)

    async def second(self, *counted: Gist) -> None:
        self.now += 1
        self.workers.counted = [("support", each) for each in counted]
        await self.recent.look()

    def figures(self, seconds: float = 60.0) -> Figures:
        return self.recent.figures("support", seconds)


def test_nothing_is_said_before_the_first_look() -> None:
    figures = Watch().figures()
    assert figures.seconds == 0
    assert {each.per_second for each in figures.variants.values()} == {None}


async def test_what_was_counted_before_the_first_look_is_not_recent() -> None:
    watch = Watch()
    await watch.second(gist(ai=500))
    assert watch.figures().variants[Variant.AI].requests == 0
    await watch.second(gist(ai=510))
    ai = watch.figures().variants[Variant.AI]
    assert (ai.requests, ai.per_second) == (10, 10.0)


async def test_the_workers_are_added_up() -> None:
    watch = Watch()
    await watch.second(gist(), gist())
    await watch.second(gist(ai=1, fallbacks=2), gist(ai=3, fallbacks=4))
    figures = watch.figures()
    assert figures.variants[Variant.AI].requests == 4
    assert figures.fallbacks == dict.fromkeys(FallbackReason, 0) | {"connect": 6}


async def test_a_window_forgets_what_is_older() -> None:
    watch = Watch()
    for total in (0, 100, 107, 107, 107):
        await watch.second(gist(ai=total))
    assert watch.figures(3.0).variants[Variant.AI].requests == 7
    assert watch.figures(3.0).seconds == 3
    assert watch.figures(60.0).seconds == 4


async def test_five_minutes_are_remembered_and_no_more_than_that_is_kept() -> None:
    watch = Watch()
    for total in range(400):
        await watch.second(gist(ai=total))
    for seconds in (1.0, 30.0, 60.0):
        assert watch.figures(seconds).seconds == seconds
    assert 300 <= watch.figures(300.0).seconds < 305
    assert watch.figures(300.0).variants[Variant.AI].per_second == 1.0
    assert len(watch.recent._looks) < 115


async def test_a_service_that_comes_later_begins_at_zero() -> None:
    watch = Watch()
    await watch.recent.look()
    await watch.second(gist(ai=4))
    assert watch.figures().variants[Variant.AI].requests == 4


async def test_the_share_of_failures_is_that_of_answers() -> None:
    watch = Watch()
    await watch.second(gist())
    await watch.second(gist(ai=8, failures=2))
    assert watch.figures().variants[Variant.AI].errors == 0.25
    assert watch.figures().variants[Variant.LEGACY].errors is None


async def test_a_look_during_which_a_worker_dies_does_not_count() -> None:
    watch = Watch()
    await watch.second(gist(ai=1))
    watch.workers.counted = [("support", gist(ai=900)), ("support", gist(ai=900))]
    looking = asyncio.ensure_future(watch.recent.look())
    await asyncio.sleep(0)
    watch.workers.deaths += 1
    await looking
    assert watch.figures().variants[Variant.AI].requests == 0


async def test_latencies_are_those_of_the_window() -> None:
    watch = Watch()
    await watch.second(gist(ai=1000, bucket=LAST))
    slow = watch.workers.counted[0][1]
    await watch.second(slow, gist(ai=100, bucket=5))  # 25 to 50 ms
    ai = watch.figures().variants[Variant.AI]
    assert (ai.p50, ai.p95, ai.p99) == (37.5, 48.8, 49.8)


async def test_what_other_routers_have_added_counts_too() -> None:
    watch = Watch()
    others: dict[str, Gist] = {}
    watch.recent = Recent(watch.workers, lambda: watch.now, lambda: others)
    await watch.second(gist(ai=5))
    others |= {"support": gist(ai=3), "orders": gist(ai=9)}
    await watch.second(gist(ai=6))
    assert watch.figures().variants[Variant.AI].requests == 4
    assert watch.recent.figures("orders", 60.0).variants[Variant.AI].requests == 9
    assert list(watch.recent.own) == ["support"]


async def test_whoever_asks_how_it_is_now_has_the_workers_looked_at_but_not_too_often() -> None:
    watch = Watch()
    await watch.second(gist(ai=1))
    watch.workers.counted = [("support", gist(ai=2))]
    assert variant_gist((await watch.recent.now())["support"], Variant.AI).buckets[5] == 1
    watch.now += 0.3
    assert variant_gist((await watch.recent.now())["support"], Variant.AI).buckets[5] == 2
    assert watch.figures().variants[Variant.AI].requests == 0  # that was no look of its own


async def test_it_looks_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.control.recent.EVERY", 0.001)
    watch, looks, enough = Watch(), itertools.count(), asyncio.Event()

    def tick() -> float:
        if next(looks) == 3:
            enough.set()
        return 0.0

    watching = asyncio.ensure_future(Recent(watch.workers, tick).watch())
    await asyncio.wait_for(enough.wait(), 5)
    watching.cancel()


def test_those_within_a_bucket_count_as_spread_evenly() -> None:
    buckets = [0] * (LAST + 1)
    buckets[3] = 10  # 5 to 10 ms
    assert quantile(buckets, 0.5) == pytest.approx(0.0075)
    buckets[0] = 10  # up to 1 ms
    assert quantile(buckets, 0.25) == pytest.approx(0.0005)


def test_what_is_beyond_the_last_bound_is_given_as_that_bound() -> None:
    assert quantile([*[0] * LAST, 3], 0.5) == DURATION_BOUNDS[-1]


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile([0] * (LAST + 1), 0.5) is None
