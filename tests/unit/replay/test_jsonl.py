import io
import json
from base64 import b64encode
from typing import Any

import pytest

from router.compare.pair import Asked
from router.errors import RecordingError
from router.replay.jsonl import read_json_lines

REQUEST: dict[str, Any] = {
    "method": "POST",
    "target": "/v1/classify",
    "headers": {"Content-Type": "application/json"},
    "body": b64encode(b'{"ticket": ""}').decode(),
}


def read(*lines: object, service: str = "") -> list[Asked]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return list(read_json_lines(io.BytesIO(text.encode()), service))


def test_a_line_is_a_request() -> None:
    (asked,) = read(REQUEST)
    assert asked.method == b"POST"
    assert asked.target == b"/v1/classify"
    assert asked.fields == [(b"content-type", b"application/json")]
    assert (asked.body, asked.size) == (b'{"ticket": ""}', 14)


def test_a_line_may_be_a_pair_whose_request_counts() -> None:
    pair = {"service": "support", "request": REQUEST, "legacy": {"status": 200}, "ai": None}
    assert read(pair) == read(REQUEST)


def test_names_may_be_repeated_in_a_list() -> None:
    (asked,) = read({**REQUEST, "headers": [["Accept", "a"], ["Accept", "b"]], "body": ""})
    assert asked.fields == [(b"accept", b"a"), (b"accept", b"b")]


def test_empty_lines_are_nothing() -> None:
    assert len(read("", REQUEST, "  ", REQUEST, "")) == 2


def test_requests_of_other_services_are_left_out() -> None:
    lines = [{"service": "support", "request": REQUEST}, {**REQUEST, "service": "shop"}, REQUEST]
    assert len(read(*lines, service="support")) == 2
    assert len(read(*lines)) == 3


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2: "),
        ([], "line 2: Expected `object`"),
        ({"method": "GET"}, "missing required field `target`"),
        ({**REQUEST, "metod": "GET"}, "unknown field `metod`"),
        ({**REQUEST, "body": "not base64!"}, "body is not base64"),
        ({**REQUEST, "method": "get"}, "in upper case"),
        ({**REQUEST, "target": "http://example.com/"}, "target is a path"),
        ({**REQUEST, "target": "/ü"}, "letters that no HTTP message may hold"),
        ({**REQUEST, "headers": {"x": "\u20ac"}}, "letters that no HTTP message may hold"),
        ({"request": {"target": "/"}}, "missing required field `method`"),
    ],
    ids=["cut", "list", "missing", "unknown", "base64", "case", "url", "letters", "value", "pair"],
)
def test_a_line_that_is_no_request_ends_the_reading(line: object, why: str) -> None:
    with pytest.raises(RecordingError, match=why):
        read(REQUEST, line)
