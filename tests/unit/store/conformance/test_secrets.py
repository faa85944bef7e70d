import asyncio
import secrets
from collections.abc import Callable

from router.store.port import Store


async def test_who_asks_first_says_what_a_secret_is(another: Callable[[], Store]) -> None:
    one, other = another(), another()
    first, late = secrets.token_bytes(32), secrets.token_bytes(32)
    assert await one.secret("shadow", first) == first
    assert await other.secret("shadow", late) == first
    assert await one.secret("shadow", late) == first


async def test_of_many_who_ask_at_once_all_hear_the_same(another: Callable[[], Store]) -> None:
    stores = [another() for _ in range(5)]
    for store in stores:
        await store.load()
    asked = [store.secret("shadow", secrets.token_bytes(32)) for store in stores for _ in range(4)]
    assert len(set(await asyncio.gather(*asked))) == 1


async def test_it_outlives_who_has_asked(another: Callable[[], Store]) -> None:
    store = another()
    first = await store.secret("shadow", secrets.token_bytes(32))
    await store.close()
    assert await another().secret("shadow", secrets.token_bytes(32)) == first


async def test_each_name_is_another_secret(store: Store) -> None:
    shadow, callers = secrets.token_bytes(32), secrets.token_bytes(32)
    await store.secret("shadow", shadow)
    assert await store.secret("callers", callers) == callers
    assert await store.secret("shadow", callers) == shadow


async def test_it_changes_no_release_and_no_event_says_it(store: Store) -> None:
    before = await store.load()
    await store.secret("shadow", secrets.token_bytes(32))
    assert await store.load() == before
    assert (await store.head()).sequence == 0
