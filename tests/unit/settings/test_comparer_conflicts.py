import pytest

from router.settings.problems import Data
from tests.unit.settings.configs import problems_of

STREAM: Data = {"stream": {}}
RECORDS: Data = {"key": bytes(range(32)).hex()}
NO_REDIS = (
    "comparer.stream",
    (
        "needs a Redis, and the store is none, allowed is `store.url` as redis://, rediss:// or "
        "redis+sentinel://"
    ),
)
NO_KEY = (
    "comparer.stream",
    (
        "puts whole requests and answers into Redis, and there is no key to encrypt them, allowed "
        "is `records.key`, the same on all replicas"
    ),
)


@pytest.mark.parametrize("url", ["redis://there", "rediss://there", "redis+sentinel://a,b/gray"])
def test_a_stream_works_on_every_redis_with_a_key(url: str) -> None:
    assert problems_of(comparer=STREAM, store={"url": url}, records=RECORDS) == []


@pytest.mark.parametrize("store", [{}, {"url": "memory:"}, {"url": "sqlite:///a.db"}])
def test_a_stream_needs_a_redis(store: dict[str, Data]) -> None:
    assert problems_of(comparer=STREAM, store=store, records=RECORDS) == [NO_REDIS]


@pytest.mark.parametrize("records", [{}, {"key": ""}])
def test_a_stream_needs_a_key(records: dict[str, Data]) -> None:
    store: Data = {"url": "redis://there"}
    assert problems_of(comparer=STREAM, store=store, records=records) == [NO_KEY]


def test_without_a_stream_nothing_is_needed() -> None:
    asked: Data = {"stream": None}
    assert problems_of(comparer=asked) == []
