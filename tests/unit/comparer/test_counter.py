import gzip
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest

from router.compare.pair import Pair
from router.comparer import counter as module
from router.comparer.counter import Counter
from router.comparer.posted import Posting
from router.wire.comparer_socket import bind_counter
from tests.support.pairs import MINUTE

PAIR = {
    "service": "support",
    "request": {"method": "GET", "target": "/"},
    "legacy": {"status": 200},
    "ai": {"status": 200},
}


class Desk:
    """Takes all pairs but every third, or none where it is full."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.is_full = False

    def take(self, pairs: Sequence[Pair]) -> int | None:
        self.pairs.extend(pairs)
        return None if self.is_full else len(pairs) - len(pairs) // 3


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[tuple[Desk, aiohttp.ClientSession]]:
    desk = Desk()
    posting = Posting(("support",), b"x-request-id")
    counter = Counter(lambda: posting, desk.take, lambda: MINUTE, lambda: b"made")
    await counter.open(bind_counter(folder))
    connector = aiohttp.UnixConnector(str(folder / "pairs.sock"))
    try:
        async with aiohttp.ClientSession("http://a", connector=connector) as session:
            yield desk, session
    finally:
        await counter.close()


async def test_pairs_are_taken_and_counted(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, session):
        async with session.post("/pairs", data=msgspec.json.encode([PAIR] * 3)) as answer:
            assert answer.status == 202
            assert await answer.json() == {"accepted": 3, "to_compare": 2, "sampled_out": 1}
        assert [pair.request_id for pair in desk.pairs] == [b"made-0", b"made-1", b"made-2"]


async def test_what_is_no_pair_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with (
        opened(tmp_path) as (desk, session),
        session.post("/pairs", data=b"{}") as answer,
    ):
        assert answer.status == 422
        assert answer.content_type == "application/problem+json"
        assert "service" in (await answer.json())["detail"]
        assert desk.pairs == []


@pytest.mark.parametrize("how", ["gzip", "deflate", "br", "zstd", "rot13"])
async def test_what_is_not_encoded_as_it_says_is_refused_with_what_is_allowed(
    tmp_path: Path, how: str
) -> None:
    encoded = {"content-encoding": how}
    body = msgspec.json.encode(PAIR)
    async with (
        opened(tmp_path) as (desk, session),
        session.post("/pairs", data=body, headers=encoded, compress=False) as answer,
    ):
        assert answer.status == 422
        assert answer.content_type == "application/problem+json"
        assert "allowed are gzip, deflate, br, zstd, and none" in (await answer.json())["detail"]
        assert desk.pairs == []


async def test_what_is_encoded_as_it_says_is_taken(tmp_path: Path) -> None:
    packed = gzip.compress(msgspec.json.encode(PAIR))
    headers = {"content-encoding": "GZip"}
    async with (
        opened(tmp_path) as (desk, session),
        session.post("/pairs", data=packed, headers=headers, compress=False) as answer,
    ):
        assert answer.status == 202
        assert len(desk.pairs) == 1


async def test_what_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    async with opened(tmp_path) as (_, session), session.post("/pairs", data=b" " * 11) as answer:
        assert answer.status == 413


async def test_where_there_is_no_room_the_sender_is_told_to_come_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, session):
        desk.is_full = True
        async with session.post("/pairs", data=msgspec.json.encode(PAIR)) as answer:
            assert answer.status == 503
            assert answer.headers["retry-after"] == "1"
