import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.errors import StoreDamagedError
from router.store.records import Limits, Removed
from router.store.sqlite_records import AT_ONCE, SqliteRecords
from tests.support.recorded import sampled, sealed_of, total_of
from tests.support.stored import NOON

PLENTY = Limits(max_age=1e12, max_count=10**6, max_bytes=10**12, minutes=1e12)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records"


@pytest.fixture
async def records(path: Path) -> AsyncIterator[SqliteRecords]:
    opened = SqliteRecords(path)
    yield opened
    await opened.close()


def on_disk(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.glob("records*"))


def remove(path: Path) -> None:
    for each in path.parent.glob("records*"):
        each.unlink()


async def test_who_is_forgotten_is_in_no_file_any_more(records: SqliteRecords, path: Path) -> None:
    ada, canary = b"\xada" * 8, b"distinctive-canary"
    await records.keep(
        [sampled(1, callers=(ada,), text=canary * 1000), sampled(2)],
        [sealed_of(1, callers=(ada,), text=canary)],
    )
    assert canary in on_disk(path)
    assert await records.forget([ada]) == Removed(samples=1, sealed=1)
    assert canary not in on_disk(path)
    assert ada not in on_disk(path)


async def test_what_is_pruned_is_in_no_file_any_more(records: SqliteRecords, path: Path) -> None:
    canary = b"distinctive-canary"
    await records.keep([sampled(1, text=canary)])
    await records.prune(Limits(max_age=10), NOON + 100)
    assert canary not in on_disk(path)


async def test_others_have_their_turn_while_much_is_pruned(records: SqliteRecords) -> None:
    number = 20 * AT_ONCE
    await records.keep([sampled(n) for n in range(number)])
    pruning = asyncio.ensure_future(records.prune(Limits(max_age=10), NOON + 2 * number))
    others = 0
    while not pruning.done():
        await records.totals("support")
        others += 1
    assert (await pruning).samples == number
    assert others >= 10


async def test_the_log_stays_small_however_much_is_written(
    records: SqliteRecords, path: Path
) -> None:
    for n in range(40):
        await records.keep([sampled(n, text=bytes(1_000_000))])
        await records.count([], [total_of(bytes([n]))])
    assert path.with_name("records-wal").stat().st_size < 20_000_000


async def test_a_file_that_was_removed_begins_anew(records: SqliteRecords, path: Path) -> None:
    await records.keep([sampled(1)])
    remove(path)
    await records.keep([sampled(2)])
    assert await records.sample("sample-1") is None
    assert await records.sample("sample-2") == sampled(2)
    assert b"masked" in on_disk(path)


async def test_what_is_found_damaged_is_moved_aside_and_begins_anew(
    records: SqliteRecords, path: Path
) -> None:
    await records.keep([sampled(n, text=bytes(10_000)) for n in range(100)])
    await records.prune(PLENTY, NOON)
    await records.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 100_000)
    again = SqliteRecords(path)
    try:
        await again.keep([sampled(1)])
    except StoreDamagedError:  # noticed while it was used, and then when it was opened
        await again.keep([sampled(1)])
    assert await again.sample("sample-1") == sampled(1)
    assert (path.parent / "records.damaged-1").exists()
    await again.close()


async def test_where_nothing_was_recorded_nothing_is_made(
    records: SqliteRecords, path: Path
) -> None:
    assert await records.prune(PLENTY, NOON) == Removed()
    assert on_disk(path) == b""
