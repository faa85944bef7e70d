import asyncio
import os
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from router.processes.worker_events import WorkerEvents


class Told:
    """A worker's events, and the pipe that they go into."""

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        self.dropped = 0
        self.events = WorkerEvents(self.writer, self._drop)

    def _drop(self, number: int) -> None:
        self.dropped += number

    def stop_reading(self) -> None:
        os.close(self._reader)

    def only_line(self) -> dict[str, Any]:
        self.events.close()
        line = os.read(self._reader, 65536)
        self.stop_reading()
        assert line.count(b"\n") == 1
        read = orjson.loads(line)
        assert isinstance(read, dict)
        return read


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    yield told
    told.events.close()
    os.close(told.writer)


def test_a_task_that_dies_is_reported_as_one_line_of_json(told: Told) -> None:
    told.events.task_died("telemetry", ValueError('a "quoted" \\ word\nand a second line'))
    line = told.only_line()
    assert (line["event"], line["level"], line["pid"]) == ("worker_task_died", "error", os.getpid())
    assert line["at"].endswith("Z")


async def test_what_a_callback_raises_is_told_by_place_and_without_its_text(told: Told) -> None:
    loop = asyncio.get_running_loop()
    try:
        dict[bytes, int]()[b"the bytes of a client"]
    except KeyError as error:
        told.events.callback_failed(loop, {"exception": error})
    line = told.only_line()
    assert line["event"] == "worker_callback_failed"
    assert line["detail"].startswith("KeyError at test_worker_events.py:")
    assert "client" not in line["detail"]


def test_what_fails_beside_a_request_is_told_by_place_and_without_its_text(told: Told) -> None:
    try:
        dict[bytes, int]()[b"the bytes of a client"]
    except KeyError as error:
        told.events.shadow_failed(error)
    line = told.only_line()
    assert (line["event"], line["level"]) == ("shadow_failed", "error")
    assert "client" not in line["detail"]


def test_what_nobody_reads_any_more_is_counted_and_stops_nobody(told: Told) -> None:
    told.stop_reading()
    told.events.tell("drain_cut", "1 connection", level="warning")
    told.events.close()
    assert told.dropped == 1
