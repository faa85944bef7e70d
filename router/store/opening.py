"""From a URL to a store: the only place that knows which stores there are."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from router.errors import SettingsError
from router.redis_address import MAX_LAG, PREFIX, RedisAddress, is_redis, read_redis_url
from router.store.memory import MemoryStore
from router.store.memory_records import MemoryRecords
from router.store.port import LastingStore, Store
from router.store.record_file import place_beside
from router.store.records import Records
from router.store.sqlite import SqliteStore
from router.store.sqlite_records import SqliteRecords
from router.store.stream import Stream

MEMORY: Final = "memory:"


def open_store(url: str, folder: Path, *, prefix: str = PREFIX, max_lag: float = MAX_LAG) -> Store:
    """Return the store at ``url``; a relative path starts in ``folder``. Nothing is opened yet.

    `sqlite:///data/router.db` is relative, `sqlite:////var/lib/router.db` absolute, as in other
    programs that take such URLs. `memory:` forgets everything at the end. ``prefix`` and
    ``max_lag`` are of a Redis.
    """
    if url == MEMORY:
        return MemoryStore()
    return _open(url, folder, prefix, max_lag)


def open_lasting(url: str, folder: Path) -> LastingStore:
    """Return the store at ``url``, as `open_store` does; none that ends with this program."""
    if url == MEMORY:
        raise SettingsError((f"{_shown(url)} is a store that no other program can open",))
    return _open(url, folder, PREFIX, MAX_LAG)


def open_existing(url: str, folder: Path) -> Store:
    """Return the store at ``url`` for a tool that looks into another program's store.

    Where there is none it makes none, and what is damaged it leaves as it is: it raises.
    """
    return open_lasting(url, folder).as_it_is()


def open_records(url: str, folder: Path, *, prefix: str = PREFIX) -> Records:
    """Return the records of the store at ``url``. Nothing is opened yet."""
    if url == MEMORY:
        return MemoryRecords()
    if is_redis(url):
        return _open_redis_records(url, folder, prefix)
    return SqliteRecords(place_beside(_file_of(url, folder)))


def open_stream(url: str, folder: Path, *, prefix: str = PREFIX) -> Stream:
    """Return the stream of pairs of the Redis at ``url``. Nothing is opened yet."""
    from router.store.redis_scripts import Keys  # noqa: PLC0415 - as below
    from router.store.redis_server import Limits, RedisServer  # noqa: PLC0415
    from router.store.redis_stream import RedisStream  # noqa: PLC0415

    address = _redis_address(url)
    server = RedisServer(address, folder, Limits())
    return RedisStream(server, Keys(address.prefix or prefix))


def _open(url: str, folder: Path, prefix: str, max_lag: float) -> LastingStore:
    if is_redis(url):
        return _open_redis(url, folder, prefix, max_lag)
    return SqliteStore(_file_of(url, folder))


def _file_of(url: str, folder: Path) -> Path:
    parts = urlsplit(url)
    path = unquote(parts.path).removeprefix("/")
    if parts.scheme == "sqlite" and path and not parts.netloc:
        return folder / path
    problem = (
        f"store.url: {_shown(url)} is no store; possible are: sqlite:///PATH, {MEMORY}, "
        "redis://HOST, rediss://HOST, redis+sentinel://HOST,HOST/MASTER"
    )
    raise SettingsError((problem,))


def _open_redis(url: str, folder: Path, prefix: str, max_lag: float) -> LastingStore:
    address = _redis_address(url)
    # The driver takes 0.4 s to import: nobody pays for it who keeps a file.
    from router.store.redis import RedisStore  # noqa: PLC0415
    from router.store.redis_scripts import Keys  # noqa: PLC0415
    from router.store.redis_server import Limits, RedisServer  # noqa: PLC0415

    server = RedisServer(address, folder, Limits())
    return RedisStore(server, Keys(address.prefix or prefix), max_lag=max_lag)


def _open_redis_records(url: str, folder: Path, prefix: str) -> Records:
    from router.store.redis_records import RedisRecords  # noqa: PLC0415 - as above
    from router.store.redis_scripts import Keys  # noqa: PLC0415
    from router.store.redis_server import Limits, RedisServer  # noqa: PLC0415

    address = _redis_address(url)
    server = RedisServer(address, folder, Limits())
    return RedisRecords(server, Keys(address.prefix or prefix))


def _redis_address(url: str) -> RedisAddress:
    try:
        return read_redis_url(url)
    except ValueError as error:
        raise SettingsError((f"store.url: {_shown(url)} is a Redis only {error}",)) from None


def _shown(url: str) -> str:
    """A password may stand in a URL: show its scheme alone."""
    return f"{urlsplit(url).scheme}:…"
