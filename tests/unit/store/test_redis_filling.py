from pathlib import Path

import pytest

from router.errors import StoreUnavailableError
from router.redis_address import read_redis_url
from router.store import redis_filling
from router.store.audit import Head, Link, forge, head_of
from router.store.redis_filling import fill
from router.store.redis_scripts import Keys
from router.store.redis_server import Command, Limits, RedisServer
from tests.support.redis_servers import Redis, store_in
from tests.support.stored import refusal_of, release_at

RELEASES = {"support": release_at(2, 7, share=500)}


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for number in range(length):
        head = head_of(links[-1]) if links else Head()
        links.append(forge(refusal_of("support", str(number)), head)[1])
    return links


class Breaking(RedisServer):
    """Lost after so many writes."""

    def __init__(self, redis: Redis, writes: int) -> None:
        super().__init__(read_redis_url(redis.url), Path(), Limits())
        self.left = writes

    async def write(self, guard: str, *commands: Command) -> list[object]:
        self.left -= 1
        if self.left < 0:
            raise StoreUnavailableError("lost")
        return await super().write(guard, *commands)


async def test_a_long_log_comes_in_pieces(
    redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_filling, "PIECE", 7)
    store, links = store_in(redis, prefix), chain(40)
    await store.fill(RELEASES, links)
    assert list(await store.links(0)) == links
    assert redis.tell("TTL", Keys(prefix).events) == b":-1\r\n"
    await store.close()


async def test_a_copy_that_was_cut_off_is_no_store_and_is_forgotten(
    redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_filling, "PIECE", 7)
    keys, links = Keys(prefix), chain(40)
    for writes in (1, 2, 5):
        server = Breaking(redis, writes)
        with pytest.raises(StoreUnavailableError, match="lost"):
            await fill(server, keys, RELEASES, links)
        await server.close()
    store = store_in(redis, prefix)
    assert (await store.load()).releases == {}
    await store.fill(RELEASES, links)
    assert list(await store.links(0)) == links
    await store.close()
    kept = redis.tell("EVAL", EXPIRING, "0", f"{keys.filling}*")
    assert kept == b":0\r\n"


EXPIRING = """
local forever = 0
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
    if redis.call('TTL', key) < 0 then forever = forever + 1 end
end
return forever
"""


async def test_of_two_copies_at_once_one_is_the_store(redis: Redis, prefix: str) -> None:
    server = Breaking(redis, 99)
    keys = Keys(prefix)
    assert await fill(server, keys, RELEASES, chain(3))
    assert not await fill(server, keys, {}, chain(5))
    store = store_in(redis, prefix)
    assert list(await store.links(0)) == chain(3)
    for each in (store, server):
        await each.close()
