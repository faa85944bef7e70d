import asyncio
from dataclasses import replace

from router.control.fleet.fleet import About, Fleet, Identity
from router.replica.membership import Presence

ME = Identity("r1", "i1", version="0.1.0", advertise="https://a:9902", started_at=5.0)
OTHER = Presence("r2", "i2", 2)


class Hour:
    now = 100.0


def fleet(hour: Hour | None = None) -> Fleet:
    about = About(3, "abc", {"support": (1, 2)})
    clock = hour or Hour()
    return Fleet(ME, lambda: about, lambda: 25.0, lambda: clock.now, is_shared=True)


def names(it: Fleet) -> list[str]:
    return [member.instance for member in it.members()]


def test_it_says_of_itself_what_holds_now() -> None:
    it = fleet()
    assert it.presence() == Presence(
        "r1", "i1", 3, "https://a:9902", "0.1.0", "abc", {"support": (1, 2)}, 0, 5.0
    )
    assert [it.next_presence().beat, it.next_presence().beat, it.presence().beat] == [1, 2, 2]
    last = it.last_presence()
    assert (last.beat, last.workers, last.has_left) == (3, 0, True)


def test_it_is_a_member_itself_and_the_first() -> None:
    it = fleet()
    assert names(it) == ["i1"]
    it.told([OTHER, it.next_presence()])
    assert names(it) == ["i1", "i2"]
    it.told([replace(OTHER, beat=1, has_left=True)])
    assert names(it) == ["i1"]


def test_who_was_heard_from_is_a_member_as_long_as_it_might_ask_ai() -> None:
    hour = Hour()
    it = fleet(hour)
    it.told([OTHER])
    hour.now += 24.9
    it.told([])
    assert names(it) == ["i1", "i2"]
    hour.now += 0.2
    it.told([])
    assert names(it) == ["i1"]
    it.met(OTHER)
    assert names(it) == ["i1", "i2"]


async def test_a_nudge_is_heeded_at_once_also_one_that_came_before() -> None:
    it = fleet()
    it.nudge()
    await it.nudged(3600)
    waiting = asyncio.ensure_future(it.nudged(3600))
    await asyncio.sleep(0)
    it.nudge()
    await waiting
    await it.nudged(0.001)
    await it.nudged(-1)
