import os

import orjson
import pytest

from router.http1.replies import ALL_REFUSALS
from router.proxy.access_log import (
    CUT,
    LARGEST_WRITE,
    MOST_WAITING,
    AccessLog,
    Entry,
    line,
    pieces,
)


class Written:
    """An access log and the pipe that it writes into."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.dropped = 0
        self.log = AccessLog(self.writer, self.drop)

    def drop(self, number: int) -> None:
        self.dropped += number

    def lines(self) -> list[bytes]:
        """Everything that was written."""
        self.log.close(5.0)
        os.close(self.writer)
        with os.fdopen(self.reader, "rb") as pipe:
            return pipe.readlines()


def entry(**fields: object) -> Entry:
    return Entry(at=0.0, request_id=b"id-1", **fields)  # type: ignore[arg-type]  # as named there


def test_a_line_says_what_became_of_a_request() -> None:
    told = entry(
        method=b"POST", service="support", variant="legacy", reason="bucket",
        endpoint=b"10.0.0.5:9001", status=200, fallback=b"connect", duration=0.0123,
        first_byte=0.01, received=7,
    )  # fmt: skip
    assert orjson.loads(line(told)) == {
        "at": "1970-01-01T00:00:00.000Z",
        "level": "warning",
        "event": "request",
        "request_id": "id-1",
        "method": "POST",
        "service": "support",
        "variant": "legacy",
        "reason": "bucket",
        "endpoint": "10.0.0.5:9001",
        "status": 200,
        "fallback": "connect",
        "duration_ms": 12.3,
        "first_byte_ms": 10.0,
        "received_bytes": 7,
    }


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"status": 200}, ""),
        ({"status": 404}, ""),
        ({"status": 503}, "ai"),
        ({"status": 499}, "client"),
        ({"status": 502, "error": "upstream_lost"}, "ai"),
        ({"status": 503, "error": "upstream_busy"}, "router"),
        ({"status": 503, "error": "too_many_connections"}, "router"),
        ({"status": 429, "error": "rate_limited"}, "client"),
        ({"status": 200, "error": CUT}, "ai"),
    ],
)
def test_a_line_says_on_whose_side_it_failed(fields: dict[str, object], fault: str) -> None:
    assert entry(variant="ai", **fields).fault == fault


def test_every_refusal_is_somebodys_fault() -> None:
    for refusal in ALL_REFUSALS:
        assert entry(variant="ai", status=refusal.status, error=refusal.code).fault


def test_records_become_lines_in_their_order() -> None:
    written = Written()
    for number in range(300):
        written.log.add(entry(status=number))
        if number % 100 == 0:
            written.log.flush()
    statuses = [orjson.loads(each).get("status", 0) for each in written.lines()]
    assert statuses == list(range(300))
    assert written.dropped == 0


def test_what_nobody_reads_is_dropped_and_counted_and_nobody_waits() -> None:
    written = Written()
    for _ in range(3 * MOST_WAITING):
        written.log.add(entry(status=200))
        written.log.flush()
    assert written.dropped >= MOST_WAITING
    os.close(written.reader)
    written.log.close(5.0)
    os.close(written.writer)


def test_whoever_stops_reading_ends_nothing() -> None:
    written = Written()
    os.close(written.reader)
    written.log.add(entry(status=200))
    written.log.close(5.0)
    os.close(written.writer)
    assert written.dropped == 1


def test_lines_are_written_whole_and_in_pieces_that_a_pipe_takes_at_once() -> None:
    lines = [b"x" * 1000 + b"\n"] * 10 + [b"y" * 5000 + b"\n"]
    joined = pieces(lines)
    assert b"".join(joined) == b"".join(lines)
    assert all(len(piece) <= LARGEST_WRITE for piece in joined[:-1])
    assert joined[-1] == lines[-1]
    assert pieces([]) == []
