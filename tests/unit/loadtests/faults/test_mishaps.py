import random
from types import SimpleNamespace
from typing import Any, cast

from loadtests.faults.book import Ask
from loadtests.faults.fleet import Load
from loadtests.faults.mishaps import MISHAPS, Outage, Reach, World

OUTAGE = Outage(began=10.0, ended=12.0)


def lost(number: int, began: float, ended: float) -> Ask:
    return Ask(number, "answers", began, ended, failure="refused")


def world(**asks: list[Ask]) -> World:
    steady: Any = {name: SimpleNamespace(asks=each) for name, each in asks.items()}
    load = cast(Load, SimpleNamespace(steady=steady))
    return World(load, random.Random(1), {})


def test_an_outage_excuses_what_was_in_flight_when_it_began_and_who_came_meanwhile() -> None:
    assert OUTAGE.excuses(lost(1, 9.5, 10.1))
    assert OUTAGE.excuses(lost(1, 11.0, 11.0))


def test_an_outage_excuses_nothing_before_it_or_long_after_it() -> None:
    assert not OUTAGE.excuses(lost(1, 9.0, 9.9))
    assert not OUTAGE.excuses(lost(1, 13.5, 13.6))


def test_what_was_lost_at_another_replica_is_not_excused() -> None:
    here, there = lost(1, 11.0, 11.0), lost(2, 11.0, 11.0)
    played = world(r1=[here], r2=[there])
    played.excuses.append(("r1", OUTAGE))
    assert played.unexcused([here, there]) == [there]


def test_mishaps_have_names_of_their_own_and_one_of_them_is_none() -> None:
    assert len({mishap.name for mishap in MISHAPS}) == len(MISHAPS)
    assert [mishap.name for mishap in MISHAPS if mishap.reach is Reach.ALL] == ["undisturbed"]
