from collections.abc import AsyncIterator

import msgspec
import pytest

from router.errors import StoreDamagedError
from router.store.redis import RedisStore
from router.store.redis_tallying import sheet_of
from router.store.tallying import Line, Sheet
from tests.support.redis_servers import Redis, store_in

KEEP = 30.0
LAYOUT = 77


def line(service: str, *gist: int) -> Line:
    return Line(service, 1, 2, (3, 4), gist)


@pytest.fixture
async def store(redis: Redis, prefix: str) -> AsyncIterator[RedisStore]:
    opened = store_in(redis, prefix)
    yield opened
    await opened.close()


async def write(store: RedisStore, instance: str, number: int, *lines: Line) -> int:
    done = await store.tally(instance, Sheet(number, LAYOUT, lines), {}, keep=KEEP)
    return done.before


async def look(store: RedisStore, **known: int) -> dict[str, Sheet]:
    return dict((await store.tally("me", Sheet(1, LAYOUT), known, keep=KEEP)).others)


async def test_what_others_have_counted_is_read_with_what_we_write(store: RedisStore) -> None:
    lines = [line("größe", 0), line("support", 1, 2**40)]
    await write(store, "a", 1, *lines)
    assert await look(store, a=0, nobody=0) == {"a": Sheet(1, LAYOUT, lines)}


async def test_only_what_has_changed_is_read_again(store: RedisStore) -> None:
    await write(store, "a", 1, line("support", 1), line("orders", 1))
    await write(store, "a", 2, line("orders", 2))
    assert await look(store, a=1) == {"a": Sheet(2, LAYOUT, [line("orders", 2)])}
    assert await look(store, a=2) == {"a": Sheet(2, LAYOUT, [])}
    seen = (await look(store, a=0))["a"]
    assert sorted(each.service for each in seen.lines) == ["orders", "support"]


async def test_a_sheet_that_was_lost_is_noticed_by_who_wrote_it(
    redis: Redis, prefix: str, store: RedisStore
) -> None:
    assert [await write(store, "a", number, line("support", 1)) for number in (1, 2, 3)] == [
        0,
        1,
        2,
    ]
    redis.tell("DEL", f"{{{prefix}}}:counts:a")
    assert await write(store, "a", 4) == 0


async def test_a_sheet_is_forgotten_with_its_replica(
    redis: Redis, prefix: str, store: RedisStore
) -> None:
    await write(store, "a", 1, line("support", 1))
    for name in ("counts", "counted"):
        left = int(redis.tell("PTTL", f"{{{prefix}}}:{name}:a").strip().removeprefix(b":"))
        assert 29_000 < left <= 30_000


async def test_thousands_of_services_fit(store: RedisStore) -> None:
    lines = [line(f"service-{number:04}", number) for number in range(3000)]
    await write(store, "a", 1, *lines)
    assert len((await look(store, a=0))["a"].lines) == 3000


@pytest.mark.parametrize(
    "written",
    [b"nonsense", msgspec.msgpack.encode(line("a", -1)), msgspec.msgpack.encode(line("a", 2**60))],
)
def test_what_no_router_wrote_is_refused(written: bytes) -> None:
    with pytest.raises(StoreDamagedError):
        sheet_of((b"1", b"77", 1, written))
    with pytest.raises(StoreDamagedError):
        sheet_of((b"one", b"77", 0, b""))
