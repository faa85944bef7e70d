from collections.abc import AsyncIterator, Iterator

import pytest

from loadtests.faults.writers import SERVICE, Writer
from router.model import BasisPoints
from tests.support.redis_servers import Redis, running, store_in

pytestmark = pytest.mark.slow
HALF, ALL = BasisPoints(5000), BasisPoints(10_000)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
async def opened(redis: Redis) -> AsyncIterator[tuple[Writer, Writer]]:
    """Two who serve half of it by AI, of an empty store."""
    redis.tell("FLUSHALL")
    ada, bob = (Writer(name, store_in(redis, "gray")) for name in ("ada", "bob"))
    await ada.roll_back()  # the first word to a store gives AI nothing
    await bob.renew()
    assert await bob.raise_to(HALF)
    await ada.renew()
    await bob.renew()
    assert ada.served == bob.served
    yield ada, bob
    for writer in (ada, bob):
        await writer.store.close()


async def test_a_raise_is_refused_to_who_does_not_know_what_stands(
    opened: tuple[Writer, Writer],
) -> None:
    ada, bob = opened
    assert await ada.raise_to(ALL)
    assert not await bob.raise_to(BasisPoints(2000))


async def test_a_rollback_is_followed_by_who_renews(
    opened: tuple[Writer, Writer],
) -> None:
    ada, bob = opened
    await ada.roll_back()
    await bob.renew()
    assert bob.served == ada.served
    assert bob.served.share == 0


async def test_a_store_that_has_forgotten_a_rollback_is_told_of_it(
    redis: Redis, opened: tuple[Writer, Writer]
) -> None:
    ada, bob = opened
    await ada.roll_back()
    redis.tell("FLUSHALL")
    await bob.renew()
    await ada.renew()
    await bob.renew()
    stored = (await bob.store.load()).releases[SERVICE]
    assert stored.share == bob.served.share == 0
    assert stored.knows(ada.served.rollbacks[-1])
