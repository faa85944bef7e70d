from router.store.memory import MemoryStore, Shelf
from tests.support.stored import entry_of, release_at

RELEASE = release_at(0, 1)


async def test_a_store_of_its_own_shares_nothing() -> None:
    store = MemoryStore()
    await store.put_newer(RELEASE, entry=entry_of(RELEASE))
    assert (await MemoryStore().load()).releases == {}


async def test_stores_upon_one_shelf_share_everything() -> None:
    shelf = Shelf()
    await MemoryStore(shelf).put_newer(RELEASE, entry=entry_of(RELEASE))
    assert (await MemoryStore(shelf).load()).releases == {"support": RELEASE}


async def test_what_was_loaded_does_not_change_by_itself() -> None:
    store = MemoryStore()
    loaded = await store.load()
    await store.put_newer(RELEASE, entry=entry_of(RELEASE))
    assert loaded.releases == {}
