from collections.abc import Callable

import pytest

from router.errors import StoreNotEmptyError
from router.store.audit import Head, Intact, Link, forge, head_of, verify
from router.store.port import Loaded, Passed, Saved, Store
from tests.support.stored import NOON, entry_of, refusal_of, release_at

FIRST = release_at(2, 7, share=500)
OTHER = release_at(0, 1, service="billing")
ROLLBACK = release_at(3, 8)
RELEASES = {"support": FIRST, "billing": OTHER}


def chain() -> list[Link]:
    links: list[Link] = []
    for entry in (entry_of(FIRST), refusal_of("supp\udce9rt", "größer"), entry_of(OTHER)):
        links.append(forge(entry, head_of(links[-1]) if links else Head())[1])
    return links


async def test_what_another_store_held_is_there_byte_by_byte(
    another: Callable[[], Store],
) -> None:
    store = another()
    links = chain()
    await store.fill(RELEASES, links)
    assert (await store.load()).releases == RELEASES
    assert list(await store.links(0)) == links
    assert await verify(store.links, await store.head()) == Intact(head_of(links[-1]))


async def test_it_goes_on_from_where_the_other_ended(store: Store) -> None:
    await store.fill(RELEASES, chain())
    known = await store.load()
    assert isinstance(await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK)), Saved)
    assert await store.changed(known.version) > known.version
    refused = await store.compare_and_set(FIRST, based_on=(2, 6), entry=entry_of(FIRST))
    assert refused == Passed(ROLLBACK)
    head = await store.head()
    assert head.sequence == 4
    assert await verify(store.links, head) == Intact(head)


async def test_the_events_of_a_service_are_found_as_before(store: Store) -> None:
    await store.fill(RELEASES, chain())
    assert [event.sequence for event in (await store.events(service="support")).events] == [1]
    assert [event.sequence for event in (await store.events(service="supp?rt")).events] == [2]
    assert [event.sequence for event in (await store.events()).events] == [3, 2, 1]


async def test_whoever_waits_for_a_change_hears_of_it(store: Store) -> None:
    known = await store.load()
    await store.fill(RELEASES, chain())
    assert await store.changed(known.version) > known.version


@pytest.mark.parametrize("kept", ["a release", "an event"])
async def test_only_an_empty_store_takes_it(store: Store, kept: str) -> None:
    if kept == "a release":
        await store.put_newer(OTHER, entry=entry_of(OTHER))
    else:
        await store.append(refusal_of("support"))
    before = (await store.load(), await store.head())
    with pytest.raises(StoreNotEmptyError, match="is not empty: nothing was copied"):
        await store.fill(RELEASES, chain())
    assert (await store.load(), await store.head()) == before


async def test_nothing_can_be_taken_over_too(store: Store) -> None:
    await store.fill({}, [])
    assert await store.load() == Loaded(0, {})
    assert await store.head() == Head()
    assert (await store.events()).events == []
    await store.append(refusal_of("support"))
    assert (await store.head()).sequence == 1
    assert await store.recall("key", NOON) is None
