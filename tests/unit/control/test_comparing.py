import asyncio
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from router.compare.rules import CompareRules
from router.control import comparing as module
from router.control.child import COMPARER
from router.control.comparing import Comparing
from router.errors import OvertakenError, StoreUnavailableError
from router.wire.comparer_socket import connect_comparer
from router.wire.comparing import CompareBy, Compared, StreamSeen
from router.wire.pairs import encode_pairs
from tests.support import fake_comparer
from tests.support.moments import until
from tests.support.pairs import pair

BY = CompareBy({"support": CompareRules()})


@dataclass
class Shelf:
    """Keeps what it is given, once it is no longer out of order."""

    is_broken: bool = False
    is_overtaken: bool = False
    kept: list[tuple[str, Compared]] = field(default_factory=list[tuple[str, Compared]])
    tries: int = 0

    async def add(self, compared: Compared, counter: str) -> None:
        self.tries += 1
        if self.is_broken:
            raise StoreUnavailableError("the disk is full")
        if self.is_overtaken:
            raise OvertakenError
        self.kept.append((counter, compared))


@dataclass
class Room:
    """A comparer that is kept running, and where it brings what it has counted."""

    comparing: Comparing
    shelf: Shelf
    keeping: asyncio.Task[None]

    async def kept(self, number: int) -> list[str]:
        await until(lambda: len(self.shelf.kept) >= number)
        return [counter for counter, _ in self.shelf.kept]


def faulty(*faults: str) -> Sequence[str]:
    return (sys.executable, fake_comparer.__file__, *faults)


@asynccontextmanager
async def room(folder: Path, command: Sequence[str] | None = None) -> AsyncGenerator[Room]:
    shelf = Shelf()
    clock = asyncio.get_running_loop().time
    comparing = Comparing(folder, shelf, "i1", clock, command or faulty())
    keeping = asyncio.ensure_future(comparing.keep())
    yield Room(comparing, shelf, keeping)
    comparing.drain()
    await asyncio.wait_for(keeping, 10)


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_none_is_started_where_nothing_is_compared(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with room(tmp_path) as it:
        await asyncio.sleep(0.05)
        assert not (tmp_path / "comparer.sock").exists()
        it.comparing.serve_by(BY)
        assert await it.kept(1) == ["i1-1"]
        assert it.comparing.comparisons() == {("support", "match"): 2}
    assert events(caplog) == ["comparer_started"]


async def test_other_rules_reach_the_one_that_runs(tmp_path: Path) -> None:
    async with room(tmp_path) as it:
        it.comparing.serve_by(BY)
        await it.kept(1)
        it.comparing.serve_by(CompareBy({"billing": CompareRules()}))
        assert await it.kept(2) == ["i1-1", "i1-1"]
        assert it.shelf.kept[-1][1].results == {"billing": {"match": 2}}


async def test_where_nothing_is_compared_any_more_it_ends_and_may_come_back(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as it:
        it.comparing.serve_by(BY)
        await it.kept(1)
        it.comparing.serve_by(None)
        it.comparing.serve_by(BY)
        assert await it.kept(2) == ["i1-1", "i1-2"]
        assert it.comparing.comparisons() == {("support", "match"): 4}


async def test_one_that_dies_is_followed_by_another_and_pauses_grow(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "pause", lambda deaths: 0.001 * deaths)
    async with room(tmp_path, faulty("--crash")) as it:
        it.comparing.serve_by(BY)
        await until(lambda: events(caplog).count("comparer_died") == 3)
    told = [record.__dict__["fields"] for record in caplog.records]
    assert [each["deaths_in_a_row"] for each in told] == [1, 2, 3]
    assert [each["status"] for each in told] == [fake_comparer.CRASH_STATUS] * 3


async def test_by_which_signal_one_died_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with room(tmp_path, faulty("--signalled")) as it:
        it.comparing.serve_by(BY)
        await until(lambda: "comparer_died" in events(caplog))
    assert caplog.records[0].__dict__["fields"]["status"] == -signal.SIGTERM


async def test_one_that_says_no_more_and_does_not_end_is_killed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_MOMENT", 0.1)
    async with room(tmp_path, faulty("--mute")) as it:
        it.comparing.serve_by(BY)
        await until(lambda: "comparer_died" in events(caplog))
    assert caplog.records[0].__dict__["fields"]["status"] == -signal.SIGKILL


@pytest.mark.parametrize(
    ("fault", "event"), [("--silent", "comparer_silent"), ("--garble", "comparer_garbled")]
)
async def test_one_that_hangs_or_is_not_understood_is_killed_and_followed(
    fault: str,
    event: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ARRIVAL", 1.0)
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    async with room(tmp_path, faulty(fault)) as it:
        it.comparing.serve_by(BY)
        await until(lambda: event in events(caplog) and "comparer_died" in events(caplog))


async def test_what_cannot_be_kept_is_tried_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEEP_AGAIN", 0.01)
    async with room(tmp_path) as it:
        it.shelf.is_broken = True
        it.comparing.serve_by(BY)
        await until(lambda: it.shelf.tries > 2)
        it.shelf.is_broken = False
        await it.kept(1)
    assert events(caplog).count("comparisons_not_kept") == 1


async def test_one_that_does_not_end_when_it_is_told_to_is_killed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINISH_WITHIN", 0.05)
    monkeypatch.setattr(module, "END_WITHIN", 0.05)
    async with room(tmp_path, faulty("--stubborn")) as it:
        it.comparing.serve_by(BY)
        await it.kept(1)
    assert "comparer_killed" in events(caplog)


async def test_where_none_can_be_started_it_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "pause", lambda _: 0.01)
    async with room(tmp_path / "gone") as it:
        it.comparing.serve_by(BY)
        await until(lambda: "comparer_not_started" in events(caplog))
        (tmp_path / "gone").mkdir()
        await it.kept(1)


async def test_a_folder_that_was_made_again_has_the_socket_again(tmp_path: Path) -> None:
    async with room(tmp_path) as it:
        it.comparing.serve_by(BY)
        await it.kept(1)
        (tmp_path / "comparer.sock").unlink()
        it.comparing.move()
        assert await it.kept(2) == ["i1-1", "i1-2"]
        connect_comparer(tmp_path).close()


async def test_the_real_one_takes_pairs_over_http_where_it_is_told_to(tmp_path: Path) -> None:
    shelf = Shelf()
    clock = asyncio.get_running_loop().time
    comparing = Comparing(tmp_path, shelf, "i1", clock, has_counter=True)
    comparing.serve_by(BY)
    keeping = asyncio.ensure_future(comparing.keep())
    connector = aiohttp.UnixConnector(str(tmp_path / "pairs.sock"))
    await until((tmp_path / "pairs.sock").exists)
    answer = {"status": 200}
    asked = {"method": "GET", "target": "/"}
    posted = {"service": "support", "request": asked, "legacy": answer, "ai": answer}
    async with (
        aiohttp.ClientSession("http://a", connector=connector) as session,
        session.post("/pairs", json=posted) as said,
    ):
        assert said.status == 202
    comparing.drain()
    await asyncio.wait_for(keeping, 15)
    assert comparing.comparisons() == {("support", "match"): 1}


async def test_the_real_one_compares_the_pairs_that_workers_bring(tmp_path: Path) -> None:
    async with room(tmp_path, COMPARER) as it:
        it.comparing.serve_by(BY)
        await until((tmp_path / "comparer.sock").exists)
        with connect_comparer(tmp_path) as worker:
            worker.send(encode_pairs([pair(), pair(ai=b'{"label": "other"}')]))
            await it.kept(1)
        counts = {("support", "match"): 1, ("support", "divergent"): 1}
        assert it.comparing.comparisons() == counts


async def test_counts_that_come_in_parts_are_kept_together(tmp_path: Path) -> None:
    async with room(tmp_path) as it:
        it.comparing.serve_by(BY)
        await it.kept(1)
        (_, compared) = it.shelf.kept[0]
        assert [each.service for each in compared.counted] == ["support", "support"]


async def test_how_the_stream_stands_is_known_while_a_comparer_says_so(tmp_path: Path) -> None:
    async with room(tmp_path) as it:
        assert it.comparing.stream() is None
        it.comparing.serve_by(BY)
        await until(lambda: it.comparing.stream() == StreamSeen(3, 4, 0.5))
        it.comparing.serve_by(None)
        await until(lambda: it.comparing.stream() is None)


async def test_one_whose_messages_are_another_s_by_now_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "pause", lambda _: 0.01)
    async with room(tmp_path) as it:
        it.shelf.is_overtaken = True
        it.comparing.serve_by(BY)
        await until(lambda: "comparer_overtaken" in events(caplog))
        it.shelf.is_overtaken = False
        assert (await it.kept(1))[0] != "i1-1"
    assert events(caplog).count("comparisons_not_kept") == 0
