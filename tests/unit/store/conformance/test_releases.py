import asyncio
from collections.abc import Callable

import pytest

from router.errors import StoreUnavailableError
from router.release.state import Release
from router.store.port import Loaded, Passed, Saved, Store
from tests.support.stored import entry_of, release_at

FIRST = release_at(0, 1, share=500)
SECOND = release_at(0, 2, share=2000)
ROLLBACK = release_at(1, 3)


async def test_a_new_store_knows_nothing(store: Store) -> None:
    assert await store.load() == Loaded(0, {})
    assert list(store.notes) == []


async def test_a_release_is_kept_beyond_the_store_that_kept_it(
    another: Callable[[], Store],
) -> None:
    first = another()
    saved = await first.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    assert isinstance(saved, Saved)
    assert saved.event is not None
    await first.close()
    assert (await another().load()).releases == {"support": FIRST}


async def test_releases_of_several_services_are_kept_side_by_side(store: Store) -> None:
    other = release_at(4, 9, service="billing")
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    await store.put_newer(other, entry=entry_of(other))
    assert (await store.load()).releases == {"support": FIRST, "billing": other}


async def test_a_change_is_kept_if_it_is_based_on_what_stands(store: Store) -> None:
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    await store.compare_and_set(SECOND, based_on=(0, 1), entry=entry_of(SECOND))
    assert (await store.load()).releases == {"support": SECOND}


@pytest.mark.parametrize("based_on", [None, (0, 0), (0, 2), (1, 1)])
async def test_a_change_that_is_based_on_something_else_is_refused_with_what_stands(
    store: Store, based_on: tuple[int, int] | None
) -> None:
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    refused = await store.compare_and_set(SECOND, based_on=based_on, entry=entry_of(SECOND))
    assert refused == Passed(FIRST)
    assert (await store.load()).releases == {"support": FIRST}
    assert (await store.head()).sequence == 1


async def test_a_change_of_what_the_store_does_not_know_is_refused(store: Store) -> None:
    refused = await store.compare_and_set(SECOND, based_on=(0, 1), entry=entry_of(SECOND))
    assert refused == Passed(None)


async def test_a_raise_that_was_decided_before_a_rollback_is_refused_after_it(
    store: Store,
) -> None:
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    refused = await store.compare_and_set(SECOND, based_on=(0, 1), entry=entry_of(SECOND))
    assert refused == Passed(ROLLBACK)


async def test_nothing_follows_upon_what_is_newer_than_itself(store: Store) -> None:
    await store.put_newer(SECOND, entry=entry_of(SECOND))
    refused = await store.compare_and_set(FIRST, based_on=(0, 2), entry=entry_of(FIRST))
    assert refused == Passed(SECOND)


async def test_of_two_changes_at_once_one_is_refused(another: Callable[[], Store]) -> None:
    one, other = another(), another()
    await one.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    rival = release_at(0, 2, share=9000)
    outcomes = await asyncio.gather(
        one.compare_and_set(SECOND, based_on=(0, 1), entry=entry_of(SECOND)),
        other.compare_and_set(rival, based_on=(0, 1), entry=entry_of(rival)),
    )
    (saved,) = [outcome for outcome in outcomes if isinstance(outcome, Saved)]
    assert Passed(saved.release) in outcomes
    assert (await one.load()).releases == {"support": saved.release}


async def test_a_change_that_is_asked_for_once_more_is_kept_once(store: Store) -> None:
    await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    again = await store.compare_and_set(FIRST, based_on=None, entry=entry_of(FIRST))
    assert again == Saved(FIRST, None)
    assert (await store.head()).sequence == 1


async def test_a_rollback_is_kept_whatever_it_is_based_on(store: Store) -> None:
    await store.put_newer(SECOND, entry=entry_of(SECOND))
    assert isinstance(await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK)), Saved)
    assert (await store.load()).releases == {"support": ROLLBACK}


@pytest.mark.parametrize("older", [SECOND, release_at(1, 2), release_at(1, 3, reason="other")])
async def test_what_stands_never_gives_way_to_what_is_not_newer(
    store: Store, older: Release
) -> None:
    await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    assert await store.put_newer(older, entry=entry_of(older)) == Passed(ROLLBACK)
    assert (await store.load()).releases == {"support": ROLLBACK}


async def test_a_rollback_that_is_brought_once_more_is_kept_once(store: Store) -> None:
    await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    assert await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK)) == Saved(ROLLBACK, None)
    assert (await store.head()).sequence == 1


async def test_a_change_by_another_router_is_noticed(another: Callable[[], Store]) -> None:
    one, other = another(), another()
    known = await one.load()
    noticed = asyncio.ensure_future(one.changed(known.version))
    await asyncio.sleep(0)
    await other.put_newer(FIRST, entry=entry_of(FIRST))
    version = await noticed
    assert version > known.version
    assert (await one.load()) == Loaded(version, {"support": FIRST})


async def test_a_change_that_came_before_the_question_is_noticed_as_well(store: Store) -> None:
    known = await store.load()
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    assert await store.changed(known.version) > known.version


async def test_what_changes_no_release_is_no_change(store: Store) -> None:
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    known = await store.load()
    await store.append(entry_of(FIRST))
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    assert (await store.load()).version == known.version


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.load()
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailableError, match="the store is closed"):
        await store.load()
    with pytest.raises(StoreUnavailableError):
        await store.put_newer(FIRST, entry=entry_of(FIRST))


async def test_whoever_waits_for_a_change_is_told_when_the_store_closes(store: Store) -> None:
    known = await store.load()
    waiting = asyncio.ensure_future(store.changed(known.version))
    await asyncio.sleep(0)
    await store.close()
    with pytest.raises(StoreUnavailableError):
        await waiting
