"""Whatever is asked of a store in whatever order, its releases only grow and its chain holds."""

import asyncio
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from router.release.state import Release
from router.store.audit import Intact, verify
from router.store.memory import MemoryStore
from router.store.port import Passed, Saved, Stand, Store, stand_of
from router.store.sqlite import SqliteStore
from tests.support.redis_servers import Redis, running, store_in
from tests.support.sequences import SEQUENCES
from tests.support.stored import entry_of, refusal_of, release_at


@dataclass(frozen=True)
class Asked:
    """A change (or, without being based on anything, what was served already)."""

    release: Release
    based_on: Stand | None
    is_rollback: bool


@dataclass(frozen=True)
class Refused:
    """A command that changes nothing."""

    service: str


stands = st.tuples(st.integers(0, 2), st.integers(0, 3))
services = st.sampled_from(["support", "billing"])
steps = st.one_of(
    st.builds(
        Asked,
        st.builds(
            release_at,
            st.integers(0, 2),
            st.integers(0, 3),
            service=services,
            share=st.sampled_from([0, 500, 10_000]),
        ),
        st.none() | stands,
        st.booleans(),
    ),
    st.builds(Refused, services),
)
sequences = st.lists(steps, max_size=20)


def law(known: Release | None, asked: Asked) -> bool:
    """Say whether a change has to be kept, in other words than the product does."""
    if known is None:
        return asked.is_rollback or asked.based_on is None
    older = (known.epoch, known.revision) < (asked.release.epoch, asked.release.revision)
    return older and (asked.is_rollback or asked.based_on == (known.epoch, known.revision))


async def ask(store: Store, asked: Asked) -> object:
    entry = entry_of(asked.release)
    if asked.is_rollback:
        return await store.put_newer(asked.release, entry=entry)
    return await store.compare_and_set(asked.release, based_on=asked.based_on, entry=entry)


async def play(store: Store, sequence: list[Asked | Refused]) -> None:
    known: dict[str, Release] = {}
    events = 0
    for step in sequence:
        if isinstance(step, Refused):
            await store.append(refusal_of(step.service))
            events += 1
            continue
        service = step.release.service
        outcome = await ask(store, step)
        if known.get(service) == step.release:
            assert outcome == Saved(step.release, None)
        elif law(known.get(service), step):
            assert isinstance(outcome, Saved)
            known[service] = step.release
            events += 1
        else:
            assert outcome == Passed(known.get(service))
    assert (await store.load()).releases == known
    head = await store.head()
    assert head.sequence == events
    assert await verify(store.links, head) == Intact(head)
    await store.close()


IN_FILES = SEQUENCES if SEQUENCES >= 1000 else 25
"""A sequence that is played on a disk takes 40 ms."""


@settings(max_examples=SEQUENCES)
@given(sequences)
def test_a_store_in_memory_obeys_the_law(sequence: list[Asked | Refused]) -> None:
    asyncio.run(play(MemoryStore(), sequence))


@pytest.mark.slow
@settings(max_examples=IN_FILES)
@given(sequences)
def test_a_store_in_sqlite_obeys_the_law(sequence: list[Asked | Refused]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(SqliteStore(Path(folder) / "router.db"), sequence))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.mark.slow
@settings(max_examples=IN_FILES)
@given(sequence=sequences)
def test_a_store_in_redis_obeys_the_law(redis: Redis, sequence: list[Asked | Refused]) -> None:
    asyncio.run(play(store_in(redis, secrets.token_hex(8)), sequence))


@pytest.mark.slow
@settings(max_examples=IN_FILES)
@given(routers=st.lists(sequences, min_size=2, max_size=4))
def test_whatever_several_routers_do_at_once_releases_only_grow_and_the_chain_holds(
    redis: Redis, routers: list[list[Asked | Refused]]
) -> None:
    asyncio.run(play_at_once(redis, secrets.token_hex(8), routers))


async def play_at_once(redis: Redis, prefix: str, routers: list[list[Asked | Refused]]) -> None:
    seen: dict[str, list[Stand]] = {}
    stores = [store_in(redis, prefix) for _ in routers]

    async def act(store: Store, sequence: list[Asked | Refused]) -> int:
        events = 0
        for step in sequence:
            if isinstance(step, Refused):
                await store.append(refusal_of(step.service))
                events += 1
                continue
            outcome = await ask(store, step)
            events += isinstance(outcome, Saved) and outcome.event is not None
        return events

    async def watch(store: Store) -> None:
        while True:
            for name, release in (await store.load()).releases.items():
                seen.setdefault(name, []).append(stand_of(release))
            await asyncio.sleep(0)

    onlooker = store_in(redis, prefix)
    watching = asyncio.ensure_future(watch(onlooker))
    events = await asyncio.gather(*map(act, stores, routers))
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    head = await stores[0].head()
    assert head.sequence == sum(events)
    assert await verify(stores[0].links, head) == Intact(head)
    assert all(stands == sorted(stands) for stands in seen.values())
    for store in (onlooker, *stores):
        await store.close()


@settings(max_examples=IN_FILES)
@given(sequences, st.integers(0, 20))
def test_a_store_goes_on_where_it_was_when_it_is_opened_again(
    sequence: list[Asked | Refused], at: int
) -> None:
    async def twice(path: Path) -> None:
        store = SqliteStore(path)
        releases: dict[str, Stand] = {}
        for number, step in enumerate(sequence):
            if number == at:
                await store.close()
                store = SqliteStore(path)
            if isinstance(step, Asked):
                await ask(store, step)
                now = {name: stand_of(each) for name, each in (await store.load()).releases.items()}
                assert all(now[name] >= stand for name, stand in releases.items())
                releases = now
        head = await store.head()
        assert await verify(store.links, head) == Intact(head)
        await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(twice(Path(folder) / "router.db"))
