import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from router.errors import StoreError, StoreUnavailableError
from router.redis_address import read_redis_url
from router.replica.membership import Presence
from router.store.port import Saved
from router.store.redis import RedisStore
from router.store.redis_server import Limits, RedisServer
from tests.support.certificates import Authority
from tests.support.redis_servers import Redis, free_port, running, store_at
from tests.support.serving import ROOT
from tests.support.stored import entry_of, release_at

FIRST = release_at(0, 1, share=500)
ROLLBACK = release_at(1, 3)


def server_at(url: str, folder: Path = Path()) -> RedisServer:
    return RedisServer(read_redis_url(url), folder, Limits())


async def test_replies_are_of_one_moment_and_come_as_they_were_sent(redis: Redis) -> None:
    server = server_at(redis.url)
    await server.write("guard", ("HSET", "{t}:h", "a", 1), ("SET", "{t}:s", b"\xff"))
    found = await server.read(("HGETALL", "{t}:h"), ("GET", "{t}:none"), ("GET", "{t}:s"))
    assert found == [[b"a", b"1"], None, b"\xff"]
    await server.close()


async def test_of_commands_that_fail_together_none_is_done(redis: Redis) -> None:
    server = server_at(redis.url)
    with pytest.raises(StoreUnavailableError, match="it refuses a command"):
        await server.write("guard", ("SET", "{t}:not", "x"), ("NO-SUCH-COMMAND",))
    assert await server.read(("GET", "{t}:not")) == [None]
    await server.close()


async def test_a_server_may_be_closed_and_used_again(redis: Redis) -> None:
    server = server_at(redis.url)
    await server.read(("PING",))
    await server.close()
    assert await server.read(("PING",)) == [b"PONG"]
    await server.close()


async def test_nobody_is_waited_for_who_never_answers() -> None:
    """A listener that says nothing, as a network that swallows what comes back."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        limits = Limits(reply=0.1, connect=0.1, whole=0.2)
        server = RedisServer(read_redis_url(f"redis://127.0.0.1:{port}"), Path(), limits)
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError, match=f"redis://127.0.0.1:{port}/0: it does not"):
            await server.read(("PING",))
        assert time.monotonic() - began < 1
        await server.close()


async def test_whoever_gives_up_is_let_go_at_any_moment(redis: Redis) -> None:
    """A loop around it would go on for ever if one cancellation were lost."""
    server = server_at(redis.url)
    await server.read(("PING",))

    async def ask_for_ever() -> None:
        while True:
            await server.read(("PING",))
            await server.write("guard", ("PING",))

    for turns in range(40):
        asking = asyncio.ensure_future(ask_for_ever())
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        _, pending = await asyncio.wait({asking}, timeout=5)
        assert not pending, turns
        assert asking.cancelled()
    await server.close()


# Who we are...


def documented_user() -> str:
    """Return the line for the access list that operators are told to write."""
    lines = (ROOT / "docs/topics/storage.md").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("user gray ")]
    return line.replace("PASSWORD", "hunter2")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running(tmp_path_factory.mktemp("acl"), "user default off", documented_user()) as server:
        yield server


async def test_a_user_of_the_access_list_needs_the_prefix_alone(guarded: Redis) -> None:
    store = store_at(guarded.url.replace("//", "//gray:hunter2@"))
    assert isinstance(await store.put_newer(FIRST, entry=entry_of(FIRST)), Saved)
    assert (await store.load()).releases == {"support": FIRST}
    heard = await store.beat(Presence("r1", "i", 1), keep=10)
    assert heard.loaded.releases == {"support": FIRST}
    assert await store.call_out(b"x") == 0
    assert list(store.notes) == []
    await store.close()


async def test_what_nobody_lets_us_see_is_said(tmp_path: Path) -> None:
    rules = documented_user().replace("+config|get", "")
    with running(tmp_path, "user default off", rules) as server:
        store = store_at(server.url.replace("//", "//gray:hunter2@"))
        await store.load()
        assert [note.text for note in store.notes] == [
            f"{server.url}: whether it keeps what it is given cannot be seen (CONFIG GET)"
        ]
        await store.close()


@pytest.mark.parametrize(
    ("login", "prefix", "said"),
    [
        ("", "gray", "wants a user or a password"),
        ("gray:hunter3@", "gray", "user and password do not fit"),
        ("gray:hunter2@", "other", "access list does not let our user"),
    ],
)
async def test_who_is_not_let_in_is_told_why_and_not_who_he_is(
    guarded: Redis, login: str, prefix: str, said: str
) -> None:
    store = store_at(guarded.url.replace("//", f"//{login}"), prefix)
    with pytest.raises(StoreUnavailableError, match=said) as refused:
        await store.load()
    assert "hunter" not in str(refused.value)
    assert "gray:" not in str(refused.value)
    await store.close()


# TLS...


@dataclass(frozen=True)
class Guarded:
    folder: Path
    port: int


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder)
    (folder / "ca.pem").write_text(authority.pem)
    (folder / "other.pem").write_text(Authority(folder, "other").pem)
    own = authority.issue("IP:127.0.0.1")
    ours = authority.issue("DNS:gray")
    (folder / "gray.crt").write_text(ours.certificate)
    (folder / "gray.key").write_text(ours.key)
    guarded = Guarded(folder, free_port())
    options = (
        f"tls-port {guarded.port}",
        f"tls-cert-file {own.certificate_path}",
        f"tls-key-file {own.key_path}",
        f"tls-ca-cert-file {folder / 'ca.pem'}",
        "tls-auth-clients yes",
    )
    with running(folder, *options):
        yield guarded


def tls_store(encrypted: Guarded, query: str) -> RedisStore:
    return store_at(f"rediss://127.0.0.1:{encrypted.port}?{query}", folder=encrypted.folder)


async def test_tls_speaks_to_whom_our_authority_vouches_for(encrypted: Guarded) -> None:
    store = tls_store(encrypted, "ca=ca.pem&cert=gray.crt&key=gray.key")
    assert isinstance(await store.put_newer(FIRST, entry=entry_of(FIRST)), Saved)
    await store.close()


@pytest.mark.parametrize(
    ("query", "because"),
    [
        ("cert=gray.crt&key=gray.key", "(TLS: "),
        ("ca=other.pem&cert=gray.crt&key=gray.key", "(TLS: "),
        ("ca=ca.pem", ""),
        ("ca=missing.pem", "No such file or directory"),
    ],
)
async def test_tls_speaks_to_nobody_else(encrypted: Guarded, query: str, because: str) -> None:
    store = tls_store(encrypted, query)
    place = f"rediss://127.0.0.1:{encrypted.port}/0: there is no connection to it"
    with pytest.raises(StoreUnavailableError, match=place) as refused:
        await store.load()
    assert because in str(refused.value)
    await store.close()


# Sentinels...


@dataclass
class Watch:
    master: Redis
    replica: Redis
    sentinel: Redis
    url: str


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with running(tmp_path) as master:
        rules = (
            f"sentinel monitor main 127.0.0.1 {master.port} 1",
            "sentinel down-after-milliseconds main 300",
            "sentinel failover-timeout main 2000",
        )
        of_master = f"replicaof 127.0.0.1 {master.port}"
        with (
            running(tmp_path, of_master, "repl-diskless-sync-delay 0") as replica,
            running(tmp_path, *rules, is_sentinel=True) as sentinel,
        ):
            gone = free_port()
            url = f"redis+sentinel://127.0.0.1:{gone},127.0.0.1:{sentinel.port}/main"
            yield Watch(master, replica, sentinel, url)


async def test_sentinels_that_do_not_know_the_master_are_said_so(watch: Watch) -> None:
    store = store_at(watch.url.replace("/main", "/other"))
    with pytest.raises(StoreUnavailableError, match="/other/0: there is no connection to it"):
        await store.load()
    await store.close()


@pytest.mark.slow
async def test_a_store_follows_its_sentinels_to_the_next_master(watch: Watch) -> None:
    store = store_at(watch.url)
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    assert any("min-replicas-to-write" in note.text for note in store.notes)
    await asyncio.to_thread(watch.master.await_replica)
    before = await store.load()
    watch.master.stop()
    for _ in range(200):
        if await took(store):
            break
        await asyncio.sleep(0.1)
    after = await store.load()
    assert after.releases == {"support": ROLLBACK}
    assert after.version == before.version + 1
    assert b"role:master" in watch.replica.tell("INFO", "replication")
    await store.close()


async def test_a_master_that_takes_no_writes_is_left_for_the_one_that_sentinels_name(
    watch: Watch,
) -> None:
    """One that was cut off and is there again believes for some seconds that it is the master."""
    store = store_at(watch.url)
    await store.put_newer(FIRST, entry=entry_of(FIRST))
    await asyncio.to_thread(watch.master.await_replica)
    watch.replica.tell("REPLICAOF", "NO", "ONE")
    watch.sentinel.tell("SENTINEL", "REMOVE", "main")
    watch.sentinel.tell("SENTINEL", "MONITOR", "main", "127.0.0.1", str(watch.replica.port), "1")
    watch.master.tell("CONFIG", "SET", "min-replicas-to-write", "2")  # it has never had so many
    assert not await took(store)
    assert await took(store)
    assert b"role:master" in watch.master.tell("INFO", "replication")
    await store.close()


async def took(store: RedisStore) -> bool:
    try:
        await store.put_newer(ROLLBACK, entry=entry_of(ROLLBACK))
    except StoreError:
        return False
    return True
