import json
import logging
import os
import sys
from pathlib import Path

import pytest

from router.control.events import EventLog, JsonLines, events_dropped, events_written, tell
from router.lines_out import MOST_WAITING, rfc3339


def line(record: logging.LogRecord) -> dict[str, object]:
    read = json.loads(JsonLines().format(record))
    assert isinstance(read, dict)
    return read


def test_an_event_is_one_json_object_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gray_router")
    tell("worker_died", level=logging.WARNING, status=-9, worker="worker-1\n")
    assert "\n" not in JsonLines().format(caplog.records[0])
    written = line(caplog.records[0])
    assert written.pop("at") == rfc3339(caplog.records[0].created)
    assert written == {
        "level": "warning",
        "event": "worker_died",
        "status": -9,
        "worker": "worker-1\n",
    }


def test_a_failure_is_an_error_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int("broken")
    except ValueError as error:
        tell("task_died", failure=error)
    written = line(caplog.records[0])
    assert written["level"] == "error"
    assert "ValueError: invalid literal" in str(written["traceback"])


def test_a_librarys_message_is_written_alike_and_names_its_logger() -> None:
    record = logging.LogRecord("aiohttp.server", 30, "", 1, "odd: %s", ("x",), sys.exc_info())
    written = line(record)
    assert (written["event"], written["logger"]) == ("odd: x", "aiohttp.server")


def test_what_json_cannot_hold_is_written_as_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gray_router")
    tell("odd", thing=ValueError("x"))
    assert line(caplog.records[0])["thing"] == "x"


def test_events_are_written_as_lines_and_the_last_one_too() -> None:
    reader, writer = os.pipe()
    with events_written(writer):
        tell("starting")
        tell("stopped")
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert [json.loads(each)["event"] for each in pipe] == ["starting", "stopped"]


def test_afterwards_as_little_is_said_as_before(caplog: pytest.LogCaptureFixture) -> None:
    with Path(os.devnull).open("wb") as nowhere, events_written(nowhere.fileno()):
        tell("starting")
    tell("stopped")
    assert [record.getMessage() for record in caplog.records] == ["starting"]


def test_a_stderr_that_nobody_reads_costs_events_and_no_time() -> None:
    reader, writer = os.pipe()
    with events_written(writer):
        for _ in range(2 * MOST_WAITING):
            tell("endpoint_down")
        assert MOST_WAITING > events_dropped() > 0
        os.close(reader)
    os.close(writer)


def test_what_cannot_be_written_is_counted() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log = EventLog(writer)
    log.emit(logging.LogRecord("gray_router", 20, "", 1, "ready", (), None))
    log.close()
    assert log.dropped() == 1
    os.close(writer)
