import asyncio
import gzip
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.errors import RecordingError
from router.replay.entries import Entry
from router.replay.sources import FileSource, VaultSource, source_of
from tests.unit.settings.configs import settings_of

LINE = b'{"method": "GET", "target": "/"}\n'
GOR = "1 9320 14398\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n".encode()


async def read(entries: AsyncIterator[Entry]) -> list[Entry]:
    return [entry async for entry in entries]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.jsonl", LINE * 3),
        ("r.txt", LINE * 3),
        ("r.jsonl.gz", gzip.compress(LINE * 3, mtime=0)),
        ("r.gor", GOR * 3),
        ("r.gor.gz", gzip.compress(GOR * 3, mtime=0)),
    ],
)
async def test_what_it_is_says_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    source = FileSource(tmp_path / name)
    assert source.share is None
    assert len(await read(source.entries())) == 3
    assert source.share == 1.0


async def test_how_far_it_is_grows_with_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(LINE * 4)
    source = FileSource(path)
    assert [source.share async for _ in source.entries()] == [0.25, 0.5, 0.75, 1.0]


async def test_of_a_pipe_nobody_knows_how_long_it_is(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writing = threading.Thread(target=lambda: path.write_bytes(LINE * 2))
    writing.start()
    source = FileSource(path)
    assert [source.share async for _ in source.entries()] == [None, None]
    writing.join()


@pytest.mark.parametrize("is_open", [False, True], ids=["nobody writes", "nothing is written"])
async def test_while_a_pipe_says_nothing_the_rest_goes_on_and_it_can_be_left(
    tmp_path: Path, *, is_open: bool
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    # Whoever opens it for both waits for nobody. If reading held the loop, only this would end it.
    rescue = threading.Timer(5, lambda: os.close(os.open(path, os.O_RDWR)))
    rescue.start()
    written = os.open(path, os.O_RDWR) if is_open else None
    reading = asyncio.create_task(read(FileSource(path).entries()))
    try:
        await asyncio.sleep(0)
        assert rescue.is_alive()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert rescue.is_alive()
    finally:
        rescue.cancel()
        os.close(os.open(path, os.O_RDWR) if written is None else written)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("r.jsonl.gz", LINE, "is not packed by gzip"),
        ("r.jsonl.gz", gzip.compress(LINE * 9, mtime=0)[:-9], "is cut off"),
        ("missing", None, "No such file"),
    ],
)
async def test_what_cannot_be_read_is_said_with_its_name(
    tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingError, match=f"{name}.*{why}"):
        await read(FileSource(tmp_path / name).entries())


async def test_a_vault_has_a_key(tmp_path: Path) -> None:
    source = source_of("vault", "support", settings_of(), tmp_path, lambda: 1e9)
    with pytest.raises(RecordingError, match=r"no records\.key"):
        await read(source.entries())


async def test_a_vault_that_nothing_was_put_into_is_empty(tmp_path: Path) -> None:
    settings = settings_of(records={"former_keys": [bytes(range(32)).hex()]})
    source = VaultSource("support", settings, tmp_path, lambda: 1e9)
    assert source.share is None
    assert await read(source.entries()) == []
    assert source.share is None


def test_every_other_name_is_a_files(tmp_path: Path) -> None:
    source = source_of("vault.jsonl", "support", settings_of(), tmp_path, lambda: 1e9)
    assert isinstance(source, FileSource)
