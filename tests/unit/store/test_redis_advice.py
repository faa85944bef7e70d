from pathlib import Path

import pytest

from router.errors import StoreUnavailableError
from router.redis_address import read_redis_url
from router.store import redis_advice
from router.store.redis_advice import advice, shortcomings
from router.store.redis_server import Limits, RedisServer
from tests.support.redis_servers import Redis

SOUND = {
    "appendonly": "yes",
    "maxmemory": "1000000",
    "maxmemory-policy": "noeviction",
    "min-replicas-to-write": "1",
    "min-replicas-max-lag": "2",
}


def test_a_sound_server_needs_no_advice() -> None:
    assert list(shortcomings(SOUND, 2.0)) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"appendonly": "no"}, "set appendonly yes"),
        ({"maxmemory-policy": "allkeys-lru"}, "set maxmemory-policy noeviction"),
        ({"min-replicas-to-write": "0"}, "set min-replicas-to-write 1"),
        ({"min-replicas-max-lag": "10"}, "max-lag is 10, and store.max_lag 2s: set both alike"),
    ],
)
def test_what_would_let_a_server_forget_is_named(settings: dict[str, str], said: str) -> None:
    (found,) = shortcomings({**SOUND, **settings}, 2.0)
    assert said in found


def test_a_server_without_sentinels_has_no_rival() -> None:
    assert list(shortcomings({**SOUND, "min-replicas-to-write": "0"}, None)) == []


@pytest.mark.parametrize("policy", ["volatile-lru", "noeviction"])
def test_releases_do_not_expire_and_so_are_not_thrown_away(policy: str) -> None:
    assert list(shortcomings({**SOUND, "maxmemory-policy": policy}, 2.0)) == []


def test_a_server_that_may_take_all_memory_throws_nothing_away() -> None:
    settings = {**SOUND, "maxmemory": "0", "maxmemory-policy": "allkeys-lru"}
    assert list(shortcomings(settings, 2.0)) == []


async def test_a_server_says_how_it_is_set(redis: Redis) -> None:
    server = RedisServer(read_redis_url(redis.url), Path(), Limits())
    assert await advice(server, 2.0) == []
    redis.tell("CONFIG", "SET", "appendonly", "no")
    (note,) = await advice(server, 2.0)
    redis.tell("CONFIG", "SET", "appendonly", "yes")
    assert not note.is_loss
    assert note.text.startswith(f"{redis.url}: a restart of it forgets")
    await server.close()


async def test_a_server_that_is_too_old_is_refused(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_advice, "OLDEST", (99, 0))
    server = RedisServer(read_redis_url(redis.url), Path(), Limits())
    with pytest.raises(StoreUnavailableError, match=r"it is Redis [\d.]+; 6\.2 or later is needed"):
        await advice(server, 2.0)
    await server.close()
