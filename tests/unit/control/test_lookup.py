import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from router.control.lookup import LOOKUP_EVERY, Lookup
from router.tasks import TaskOwner
from tests.support.background import Names, Pauses, Told, owner, rhythm, settle

SOON = 5.0


class Followed:
    """A lookup with everything around it."""

    def __init__(self, tasks: TaskOwner) -> None:
        self.names = Names()
        self.pauses = Pauses()
        self.changed: list[str] = []
        self.lookup = Lookup(self.names.resolve, rhythm(self.pauses), tasks, self.changed.append)

    async def knows(self, *addresses: str) -> None:
        """Let the name server answer so at the next lookup of `ai`."""
        await self.answers(addresses)

    async def answers(self, answer: Sequence[str] | Exception) -> None:
        self.names.known["ai"] = answer
        if "ai" not in self.names.asked:
            self.lookup.watch(["ai"])
            await settle()
        else:
            await self.pauses.end()


@pytest.fixture
async def it() -> AsyncIterator[Followed]:
    with owner() as tasks:
        yield Followed(tasks)
        await tasks.close()


async def test_a_name_has_all_its_addresses_each_once_in_their_order(it: Followed) -> None:
    await it.knows("10.0.0.2", "::1", "10.0.0.1", "10.0.0.2")
    assert it.lookup.addresses("ai") == ("10.0.0.2", "::1", "10.0.0.1")
    assert it.changed == ["ai"]


async def test_it_is_looked_up_again_after_a_pause(it: Followed) -> None:
    await it.knows("10.0.0.1")
    assert it.pauses.asked == [LOOKUP_EVERY]
    await it.knows("10.0.0.1")
    assert it.names.asked == ["ai", "ai"]
    assert it.changed == ["ai"]


async def test_a_name_that_moves_is_told_with_both_places(it: Followed, told: list[Told]) -> None:
    await it.knows("10.0.0.1")
    await it.knows("10.0.0.2", "10.0.0.3")
    fields = {"host": "ai", "addresses": ("10.0.0.2", "10.0.0.3"), "before": ("10.0.0.1",)}
    assert told == [("endpoint_moved", fields)]
    assert it.changed == ["ai", "ai"]


async def test_another_order_of_the_same_addresses_is_no_move(
    it: Followed, told: list[Told]
) -> None:
    await it.knows("10.0.0.1", "10.0.0.2")
    await it.knows("10.0.0.2", "10.0.0.1")
    assert told == []
    assert it.lookup.addresses("ai") == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize("failure", [(), OSError("no answer")], ids=["empty", "failed"])
async def test_what_was_known_is_used_on_while_lookups_fail_and_that_is_said_once(
    it: Followed, told: list[Told], failure: Sequence[str] | Exception
) -> None:
    await it.knows("10.0.0.1")
    for _ in range(3):
        await it.answers(failure)
    assert it.lookup.addresses("ai") == ("10.0.0.1",)
    assert [name for name, _ in told] == ["lookup_failed"]
    assert told[0][1]["still_used"] == ("10.0.0.1",)
    await it.knows("10.0.0.1")
    assert [name for name, _ in told] == ["lookup_failed", "lookup_recovered"]
    await it.answers(failure)
    assert [name for name, _ in told][2:] == ["lookup_failed"]


async def test_a_name_that_no_resolver_takes_has_no_address(it: Followed) -> None:
    await it.answers(UnicodeError("label too long"))
    assert it.lookup.addresses("ai") == ()


async def test_a_start_waits_until_every_name_was_looked_up(it: Followed) -> None:
    it.names.known = {"ai": ["10.0.0.1"], "legacy": ["10.0.0.2"]}
    await it.lookup.prepare(["ai", "legacy", "ai"], SOON)
    assert it.lookup.addresses("ai") == ("10.0.0.1",)
    assert it.lookup.addresses("legacy") == ("10.0.0.2",)


async def test_a_start_does_not_wait_for_ever_and_one_slow_name_delays_no_other(
    it: Followed,
) -> None:
    it.names.known = {"ai": ["10.0.0.1"]}
    it.names.silent = {"slow"}
    await it.lookup.prepare(["slow", "ai"], 0.01)
    assert it.lookup.addresses("ai") == ("10.0.0.1",)
    assert it.lookup.addresses("slow") == ()


async def test_a_name_that_is_wanted_no_more_is_asked_for_no_more(it: Followed) -> None:
    await it.knows("10.0.0.1")
    it.lookup.watch([])
    await it.pauses.end()
    assert it.names.asked == ["ai"]
    assert it.lookup.addresses("ai") == ()


async def test_a_name_that_stays_keeps_what_is_known_of_it(it: Followed) -> None:
    await it.knows("10.0.0.1")
    it.lookup.watch(["ai", "new"])
    await asyncio.sleep(0)
    assert it.lookup.addresses("ai") == ("10.0.0.1",)
    assert it.names.asked == ["ai", "new"]
