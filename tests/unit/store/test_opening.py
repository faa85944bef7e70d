import subprocess
import sys
from pathlib import Path

import pytest

from router.errors import SettingsError, StoreUnavailableError
from router.store.memory import MemoryStore
from router.store.memory_records import MemoryRecords
from router.store.opening import open_existing, open_records, open_store, open_stream
from router.store.redis import RedisStore
from router.store.redis_records import RedisRecords
from router.store.stream import Bounds, Offer
from tests.support.redis_servers import Redis
from tests.support.stored import entry_of, release_at

RELEASE = release_at(0, 1)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///./data/gray-router.db", "data/gray-router.db"),
        ("sqlite:///router.db", "router.db"),
        ("sqlite:///with%20space.db", "with space.db"),
    ],
)
async def test_a_relative_path_starts_in_the_folder(tmp_path: Path, url: str, path: str) -> None:
    store = open_store(url, tmp_path)
    await store.put_newer(RELEASE, entry=entry_of(RELEASE))
    assert (tmp_path / path).is_file()
    await store.close()


async def test_an_absolute_path_has_four_slashes(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/router.db", Path("elsewhere"))
    await store.load()
    assert (tmp_path / "router.db").is_file()
    await store.close()


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    open_store("sqlite:///router.db", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_may_forget(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:", tmp_path), MemoryStore)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "router.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/router.db",
        "memory:x",
        "mongodb://a",
    ],
)
def test_what_is_no_store_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"is no store; possible are: sqlite:///PATH, memory:"):
        open_store(url, tmp_path)


def test_a_password_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a Redis only with") as refused:
        open_store("redis://user:secret@host/x", tmp_path)
    assert "secret" not in str(refused.value)


def test_a_router_that_keeps_a_file_does_not_wait_for_the_driver_of_redis() -> None:
    script = (
        "import sys; from pathlib import Path; from router.store.opening import open_store; "
        "open_store('sqlite:///x.db', Path()); print('redis' in sys.modules); "
        "open_store('redis://x', Path()); print('redis' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert ran.stdout.split() == [b"False", b"True"]


@pytest.mark.parametrize("url", ["redis://a", "rediss://a?ca=x.pem", "redis+sentinel://a/main"])
def test_nothing_is_asked_of_a_redis_before_it_is_needed(tmp_path: Path, url: str) -> None:
    assert isinstance(open_store(url, tmp_path, prefix="p"), RedisStore)
    assert isinstance(open_existing(url, tmp_path), RedisStore)


async def test_a_prefix_in_a_url_is_for_tools(redis: Redis, tmp_path: Path) -> None:
    own = open_store(redis.url, tmp_path, prefix="of-a-config")
    await own.put_newer(RELEASE, entry=entry_of(RELEASE))
    tool = open_existing(f"{redis.url}?prefix=of-a-config", tmp_path)
    assert (await tool.load()).releases == {"support": RELEASE}
    for store in (own, tool):
        await store.close()


async def test_a_tool_opens_what_is_there(tmp_path: Path) -> None:
    own = open_store("sqlite:///router.db", tmp_path)
    await own.put_newer(RELEASE, entry=entry_of(RELEASE))
    tool = open_existing("sqlite:///router.db", tmp_path)
    assert (await tool.load()).releases == {"support": RELEASE}
    await tool.close()
    await own.close()


async def test_a_tool_makes_no_store(tmp_path: Path) -> None:
    tool = open_existing("sqlite:///folder/router.db", tmp_path)
    with pytest.raises(StoreUnavailableError, match="there is no such file"):
        await tool.load()
    await tool.close()
    assert not (tmp_path / "folder").exists()


def test_a_tool_cannot_look_into_a_routers_memory(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no other program can open"):
        open_existing("memory:", tmp_path)


async def test_records_lie_beside_the_file_of_their_store(tmp_path: Path) -> None:
    records = open_records("sqlite:///router.db", tmp_path)
    await records.count([], [])
    await records.close()
    assert (tmp_path / "router.db.records").is_file()


def test_records_of_a_store_in_memory_are_in_memory(tmp_path: Path) -> None:
    assert isinstance(open_records("memory:", tmp_path), MemoryRecords)


def test_records_of_what_is_no_store_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no store"):
        open_records("mysql://x", tmp_path)


def test_records_of_a_redis_are_in_it(tmp_path: Path, redis: Redis) -> None:
    assert isinstance(open_records(redis.url, tmp_path, prefix="p"), RedisRecords)
    with pytest.raises(SettingsError, match="is a Redis only"):
        open_records("redis://user:secret@host/x", tmp_path)


async def test_a_stream_lies_in_a_redis_under_the_same_prefix(redis: Redis) -> None:
    stream = open_stream(redis.url, Path(), prefix="streamed")
    await stream.add([Offer("support", 1, b"sealed")], Bounds(100, 60.0))
    assert redis.tell("EXISTS", "{streamed}:pairs") == b":1\r\n"
    await stream.close()


def test_a_stream_lies_in_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        open_stream("sqlite:///a.db", tmp_path)
