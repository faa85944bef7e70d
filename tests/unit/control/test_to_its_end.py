import asyncio
from collections.abc import Iterator

import pytest

from router.control.to_its_end import to_its_end
from router.errors import DrainingError
from router.tasks import TaskOwner
from tests.support.background import Told, events


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


def owner() -> TaskOwner:
    def died(task: str, error: BaseException) -> None:
        raise AssertionError(task) from error

    return TaskOwner(died)


async def test_who_goes_away_does_not_stop_what_he_asked_for() -> None:
    may_go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await may_go_on.wait()
        done.set()

    asking = asyncio.ensure_future(to_its_end(owner(), work(), "work"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    may_go_on.set()
    await asyncio.wait_for(done.wait(), 5)


async def test_a_refusal_is_raised_where_it_is_awaited_and_is_no_death() -> None:
    async def work() -> int:
        raise DrainingError

    with pytest.raises(DrainingError):
        await to_its_end(owner(), work(), "work")


async def test_a_bug_is_logged_too_since_nobody_may_be_left_who_hears_of_it(
    told: list[Told],
) -> None:
    async def work() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await to_its_end(owner(), work(), "work")
    assert [name for name, _ in told] == ["command_failed"]


async def test_the_value_comes_back() -> None:
    async def work() -> int:
        return 7

    assert await to_its_end(owner(), work(), "work") == 7
