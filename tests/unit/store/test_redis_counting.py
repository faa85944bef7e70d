from router.store.redis_counting import KEPT_FOR
from router.store.redis_scripts import Keys
from tests.support.recorded import minute_of, total_of
from tests.support.redis_servers import Redis, records_in


async def test_redis_forgets_a_minute_by_itself_where_no_router_is_left(
    redis: Redis, prefix: str, keys: Keys
) -> None:
    records = records_in(redis, prefix)
    await records.count([minute_of()], [total_of()])
    place = keys.minute_of(b"support", minute_of().minute)
    left = int(redis.tell("TTL", place).removeprefix(b":"))
    assert KEPT_FOR - 60 < left <= KEPT_FOR
    assert redis.tell("TTL", keys.totals_of(b"support")) == b":-1\r\n"
    await records.close()


async def test_nothing_is_said_where_nothing_was_counted(redis: Redis, prefix: str) -> None:
    records = records_in(redis, prefix)
    await records.count([], [])
    assert redis.tell("KEYS", f"{{{prefix}}}*") == b"*0\r\n"
    await records.close()
