import asyncio

import pytest

from router.control.fleet import leading
from router.control.fleet.leading import Leading
from router.errors import StoreUnavailableError
from router.replica.leader import HELD_FOR
from tests.support.background import Told
from tests.support.leads import Throne

AWAY = StoreUnavailableError("it is away")


class Two:
    """Two replicas, each with its clock, and the store's."""

    def __init__(self) -> None:
        self.throne = Throne()
        self.now = 100.0
        self.one = Leading(self.throne, "a", lambda: self.now)
        self.other = Leading(self.throne, "b", lambda: self.now)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.throne.now += seconds


@pytest.fixture
def two() -> Two:
    return Two()


def names(told: list[Told]) -> list[str]:
    return [name for name, _ in told]


async def test_where_the_store_is_ours_alone_we_lead(told: list[Told]) -> None:
    alone = Leading(None, "a", lambda: 0.0)
    await alone.ask()
    assert alone.leads()
    assert (alone.leader, alone.fence) == ("a", 0)
    await alone.close()
    assert told == []


async def test_one_leads_and_both_know_who(two: Two, told: list[Told]) -> None:
    assert not two.one.leads()
    assert [it.leader for it in (two.one, two.other)] == [None, None]
    await two.one.ask()
    await two.other.ask()
    assert (two.one.leads(), two.other.leads()) == (True, False)
    assert [it.leader for it in (two.one, two.other)] == ["a", "a"]
    assert told == [("leading", {"fence": 1})]


async def test_it_goes_on_while_it_asks_and_is_followed_when_it_stops(
    two: Two, told: list[Told]
) -> None:
    await two.one.ask()
    two.passes(HELD_FOR - 1)
    await two.one.ask()
    two.passes(HELD_FOR - 1)
    await two.other.ask()
    assert (two.one.leads(), two.other.leads()) == (True, False)
    two.passes(2)
    await two.other.ask()
    assert (two.one.leads(), two.other.leads()) == (False, True)
    assert (two.one.fence, two.other.fence) == (1, 2)
    await two.one.ask()
    assert names(told) == ["leading", "leading", "leading_over"]
    assert told[-1][1] == {"leader": "b"}


async def test_while_the_store_is_away_it_leads_until_its_time_is_over(
    two: Two, told: list[Told]
) -> None:
    await two.one.ask()
    two.throne.error = AWAY
    two.passes(HELD_FOR / 2)
    await two.one.ask()
    assert two.one.leads()
    two.passes(HELD_FOR / 2)
    await two.one.ask()
    assert not two.one.leads()
    assert names(told) == ["leading", "leading_over"]


async def test_whoever_stops_leaves_it_to_others_at_once(two: Two) -> None:
    await two.one.ask()
    await two.other.close()  # it does not lead: nothing happens
    await two.one.close()
    await two.other.ask()
    assert two.other.leads()
    two.throne.error = AWAY
    await two.other.close()


async def test_what_was_told_is_known_to_who_leads_next(two: Two) -> None:
    two.throne.told["configs"] = "a: 1; b: 2"
    await two.other.ask()
    assert two.other.told == {"configs": "a: 1; b: 2"}


async def test_it_asks_again_and_again(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "ASK_EVERY", 0.001)
    running = asyncio.ensure_future(two.one.run())
    while two.throne.asked < 3:  # noqa: ASYNC110 - what it asks is no event
        await asyncio.sleep(0.001)
    running.cancel()
    assert two.one.leads()
