import asyncio
import gc
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from router.processes import worker
from router.routing.snapshot import Snapshot
from router.wire.channel import Channel
from router.wire.messages import Applied, Apply, Ask, Drain, Telemetry


@pytest.fixture(autouse=True)
def _nothing_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freezing is for a process of its own; here it would keep other tests' garbage."""
    monkeypatch.setattr(gc, "freeze", lambda: None)


@asynccontextmanager
async def supervised() -> AsyncIterator[tuple[Channel, asyncio.Task[None]]]:
    ours, theirs = socket.socketpair()
    serving = asyncio.ensure_future(worker.serve(theirs, []))
    channel = await Channel.over(ours)
    yield channel, serving
    channel.close()
    await serving
    await channel.wait_closed()


async def test_a_snapshot_is_acknowledged_and_telemetry_comes_when_asked_for() -> None:
    async with supervised() as (channel, serving):
        channel.send(Apply(Snapshot(3, ())))
        assert await channel.receive() == Applied(3)
        channel.send(Ask(7))
        assert await channel.receive() == Telemetry(7, [], {}, 0)
        channel.send(Drain(0.0))
        await serving


async def test_telemetry_comes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TELEMETRY_EVERY", 0.01)
    async with supervised() as (channel, _):
        channel.send(Apply(Snapshot(1, ())))
        assert await channel.receive() == Applied(1)
        assert await channel.receive() == Telemetry(0, [], {}, 0)


async def test_a_worker_whose_supervisor_is_gone_ends() -> None:
    async with supervised() as (channel, serving):
        channel.send(Apply(Snapshot(1, (), drain_timeout=0.0)))
        assert await channel.receive() == Applied(1)
        channel.close()
        await serving


async def test_what_no_supervisor_says_is_reported_and_passed_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with supervised() as (channel, _):
        channel.send(Applied(1))
        channel.send(Apply(Snapshot(2, ())))
        assert await channel.receive() == Applied(2)
    event = orjson.loads(capsys.readouterr().err)
    assert (event["event"], event["detail"]) == ("worker_unexpected_message", "Applied")


def test_a_task_that_dies_is_reported_as_one_line_of_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    worker._report_death("telemetry", ValueError('a "quoted" \\ word\nand a second line'))
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert orjson.loads(written)["event"] == "worker_task_died"


@pytest.mark.parametrize(("soft", "left"), [(1064, 1000), (66, 2), (0, 2)])
def test_some_descriptors_are_kept_for_the_worker_itself(
    monkeypatch: pytest.MonkeyPatch, soft: int, left: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, soft))
    assert worker._descriptors() == left


async def test_what_a_callback_raises_is_told_by_place_and_without_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    loop = asyncio.get_running_loop()
    try:
        dict[bytes, int]()[b"the bytes of a client"]
    except KeyError as error:
        worker._report_callback(loop, {"exception": error})
    event = orjson.loads(capsys.readouterr().err)
    assert event["event"] == "worker_callback_failed"
    assert event["detail"].startswith("KeyError at test_worker.py:")
    assert "client" not in event["detail"]
