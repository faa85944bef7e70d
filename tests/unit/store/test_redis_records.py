from typing import Any

import pytest

from router.errors import StoreDamagedError
from router.store.records import Limits, place_of
from router.store.redis_records import RedisRecords
from router.store.redis_server import Command
from tests.support.recorded import minute_of, sampled, sealed_of, total_of
from tests.support.redis_servers import Redis, records_in
from tests.support.stored import NOON


def names_left(redis: Redis, prefix: str) -> set[str]:
    words = redis.tell("KEYS", f"{{{prefix}}}*").decode().split()
    return {word.partition("}:")[2] for word in words if "}:" in word}


async def test_nothing_is_left_of_what_has_ended(redis: Redis, prefix: str) -> None:
    records = records_in(redis, prefix)
    callers = (b"a", b"b")
    await records.count([minute_of()], [total_of()])
    await records.keep(
        [sampled(n, ("/a", "value"), callers=callers) for n in range(3)],
        [sealed_of(n, callers=callers) for n in range(3)],
    )
    await records.prune(Limits(max_age=10, minutes=10), NOON + 1e6)
    assert names_left(redis, prefix) == {"sizes", "guard", "counting"}
    assert redis.tell("HVALS", f"{{{prefix}}}:sizes") == b"*2\r\n$1\r\n0\r\n$1\r\n0\r\n"
    await records.close()


async def test_who_is_forgotten_is_nowhere_any_more(redis: Redis, prefix: str) -> None:
    records = records_in(redis, prefix)
    await records.keep([sampled(1, callers=(b"digest",), text=b"canary")])
    await records.forget([b"digest"])
    assert names_left(redis, prefix) == {"sizes", "guard"}
    await records.close()


async def test_what_was_tampered_with_is_damaged(redis: Redis, prefix: str) -> None:
    records = records_in(redis, prefix)
    await records.keep([sampled(1)])
    redis.tell("HSET", f"{{{prefix}}}:samples", "sample-1", "x")
    with pytest.raises(StoreDamagedError, match="not what a router wrote"):
        await records.sample("sample-1")
    await records.close()


async def test_of_originals_one_more_than_a_page_is_read_at_most(
    redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = records_in(redis, prefix)
    await records.keep([], [sealed_of(number) for number in range(60)])
    held: list[int] = []
    read = RedisRecords._read

    async def counted(it: RedisRecords, *commands: Command) -> list[Any]:
        held.extend(len(words) - 2 for words in commands if words[0] == "HMGET")
        return await read(it, *commands)

    monkeypatch.setattr(RedisRecords, "_read", counted)
    page = await records.all_sealed("support", limit=10)
    rest = await records.all_sealed("support", after=place_of(page[-1]), limit=10)
    assert [each.id for each in (*page, *rest)] == [sealed_of(n).id for n in range(20)]
    assert held == [11] * 4  # heads and texts of two pages
    await records.close()
