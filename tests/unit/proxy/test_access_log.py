import os

import orjson
import pytest

from router.http1.replies import ALL_REFUSALS
from router.proxy.access_log import CUT, Entry, access_log, line


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


def test_a_log_writes_a_line_for_each_record() -> None:
    reader, writer = os.pipe()
    dropped: list[int] = []
    log = access_log(writer, dropped.append)
    log.add(entry(status=200))
    log.add(entry(status=404))
    log.close(5.0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert [orjson.loads(each)["status"] for each in pipe] == [200, 404]
    assert not dropped
