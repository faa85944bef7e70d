import asyncio
from dataclasses import replace

import pytest

from router.control.fleet import watching
from router.control.fleet.watching import Alarm
from router.store.port import Note
from tests.support.background import Told
from tests.support.fellows import LEASE_SECONDS, OTHER, THIRD, Second


def names(told: list[Told]) -> list[str]:
    return [name for name, _ in told]


def test_members_are_shown_with_when_they_were_heard(told: list[Told]) -> None:
    second = Second(THIRD, OTHER)
    second.passes("i2", times=3)
    assert [(it.presence.replica, it.heard_ago) for it in second.watching.others()] == [
        ("r2", 0.0),
        ("r3", 3.0),
    ]
    assert [it.replica for it in second.watching.present()] == ["r1", "r3", "r2"]
    assert second.watching.alarms() == ()
    assert told == []


def test_differing_configs_are_told_once_for_each_change(told: list[Told]) -> None:
    second = Second(OTHER)
    second.runs("i2", "def")
    second.passes("i2", times=3)
    ((name, fields),) = told
    assert (name, fields["because"]) == (
        "configs_differ",
        "their configs differ: r1: abc; r2: def",
    )
    second.runs("i2", "fed")
    second.passes("i2", times=3)
    assert names(told) == ["configs_differ"] * 2
    second.config = "fed"
    second.passes("i2", times=3)
    assert names(told) == ["configs_differ", "configs_differ", "configs_agree"]
    assert second.watching.alarms() == ()


def test_a_member_that_says_nothing_for_a_lease_is_silent_until_it_is_heard(
    told: list[Told],
) -> None:
    second = Second(OTHER)
    second.passes(times=LEASE_SECONDS)
    assert names(told) == ["replica_silent"]
    (alarm,) = second.watching.alarms()
    assert (alarm.kind, alarm.topic) == (watching.SILENT, "replica_silent:i2")
    assert "r2 (i2)" in alarm.text
    assert [it.is_silent for it in second.watching.others()] == [True]
    assert [it.replica for it in second.watching.present()] == ["r1"]
    second.passes("i2")
    assert names(told) == ["replica_silent", "replica_silence_over"]


def test_whoever_is_silent_holds_nothing_up_by_its_config() -> None:
    second = Second(OTHER)
    second.runs("i2", "def")
    second.passes("i2")
    assert [alarm.kind for alarm in second.watching.alarms()] == [watching.CONFIGS]
    second.passes(times=LEASE_SECONDS)
    assert [alarm.kind for alarm in second.watching.alarms()] == [watching.SILENT]


def test_nobody_is_called_silent_while_the_store_is_away(told: list[Told]) -> None:
    second = Second(OTHER)
    second.passes(times=100, is_store_away=True)
    second.passes("i2")
    assert told == []


def test_one_that_leaves_in_order_is_not_missed(told: list[Told]) -> None:
    second = Second(OTHER)
    second.others["i2"] = replace(second.others["i2"], beat=9, has_left=True)
    second.passes(times=40)
    assert told == []


def test_two_routers_of_one_name_are_noticed_once(told: list[Told]) -> None:
    second = Second(OTHER, replace(OTHER, instance="i4"))
    second.passes("i2", "i4", times=5)
    assert names(told) == ["replicas_share_a_name"]
    (alarm,) = second.watching.alarms()
    assert alarm == Alarm("replicas_share_a_name:r2", "several routers go by the name r2")
    second.passes("i2", times=5)
    assert names(told) == ["replicas_share_a_name"]
    assert second.watching.alarms() == ()


def test_our_own_name_is_one_too(told: list[Told]) -> None:
    second = Second(replace(OTHER, replica="r1"))
    second.passes("i2", times=3)
    assert names(told) == ["replicas_share_a_name"]


def test_what_the_store_should_be_set_to_is_among_the_alarms() -> None:
    second = Second()
    second.notes += [Note("set a", is_loss=False), Note("set b", is_loss=False)]
    assert second.watching.alarms() == (Alarm("store_advice", "set a; set b"),)


def test_what_is_not_seen_is_known_not_to_be_so_after_a_lease() -> None:
    second = Second(OTHER)
    second.passes("i2", times=LEASE_SECONDS)
    assert not second.watching.has_seen_enough
    second.passes("i2", times=2)
    assert second.watching.has_seen_enough


async def test_it_looks_again_and_again(monkeypatch: pytest.MonkeyPatch, told: list[Told]) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.001)
    second = Second(OTHER)
    running = asyncio.ensure_future(second.watching.run())
    await asyncio.sleep(0)
    second.fleet.told([replace(second.others["i2"], beat=99, config_hash="def")])
    async with asyncio.timeout(5):
        while not told:  # noqa: ASYNC110 - what is told is no event
            await asyncio.sleep(0.001)
    running.cancel()
    assert names(told) == ["configs_differ"]
