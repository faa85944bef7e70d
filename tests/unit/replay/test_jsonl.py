import io
import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from router.compare.pair import Asked
from router.replay import jsonl
from router.replay.entries import Broken, Entry, Recorded
from router.replay.jsonl import read_json_lines

REQUEST: dict[str, Any] = {
    "method": "POST",
    "target": "/v1/classify",
    "headers": {"Content-Type": "application/json"},
    "body": b64encode(b'{"ticket": ""}').decode(),
}


def entries(*lines: object) -> list[Entry]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return list(read_json_lines(io.BytesIO(text.encode())))


def read(*lines: object) -> list[Asked]:
    return [entry.asked for entry in entries(*lines) if isinstance(entry, Recorded)]


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


def test_whose_a_request_is_may_stand_there() -> None:
    lines = [{"service": "support", "request": REQUEST}, {**REQUEST, "service": "shop"}, REQUEST]
    found = [entry for entry in entries(*lines) if isinstance(entry, Recorded)]
    assert [entry.service for entry in found] == ["support", "shop", ""]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", ""),
        ([], "Expected `object`"),
        ({"method": "GET"}, "missing required field `target`"),
        ({**REQUEST, "metod": "GET"}, "other than method, target, headers, body, service"),
        ("[" * 5000, "nested too deeply"),
        ({**REQUEST, "body": "not base64!"}, "body is not base64"),
        ({**REQUEST, "method": "get"}, "in upper case"),
        ({**REQUEST, "target": "http://example.com/"}, "target is a path"),
        ({**REQUEST, "target": "/ü"}, "letters that no HTTP message may hold"),
        ({**REQUEST, "headers": {"x": "\u20ac"}}, "letters that no HTTP message may hold"),
        ({"request": {"target": "/"}}, "missing required field `method`"),
        ({**REQUEST, "target": "/a HTTP/1.1"}, "neither has spaces"),
        ({**REQUEST, "target": "/a\r\nx: y"}, "neither has spaces"),
        ({**REQUEST, "headers": {"x": "1\r\ny: 2"}}, "that an HTTP message may hold"),
        ({**REQUEST, "headers": {"x y": "1"}}, "that an HTTP message may hold"),
    ],
    ids=[
        "cut",
        "list",
        "missing",
        "unknown",
        "deep",
        "base64",
        "case",
        "url",
        "letters",
        "value",
        "pair",
        "space",
        "end",
        "smuggled",
        "name",
    ],
)
def test_a_line_that_is_no_request_is_said_and_the_rest_goes_on(line: object, why: str) -> None:
    first, broken, last = entries(REQUEST, line, REQUEST)
    assert isinstance(broken, Broken)
    assert broken.place == "line 2"
    assert why in broken.why
    assert isinstance(first, Recorded)
    assert (last, first.place) == (replace(first, place="line 3"), "line 1")


@pytest.mark.parametrize(
    "line",
    [
        {**REQUEST, "sk-secret-4711": "x"},
        {"request": {**REQUEST, "sk-secret-4711": "x"}},
        {"sk-secret-4711": {}},
        {**REQUEST, "headers": {"sk-secret-4711": 1}},
        {**REQUEST, "method": "sk-secret-4711"},
        {**REQUEST, "target": "sk-secret-4711"},
        {**REQUEST, "body": "sk-secret-4711"},
        {**REQUEST, "headers": {"a": "sk-secret-4711\n"}},
        '{"sk-secret-4711": tru}',
        '"sk-secret-4711"',
    ],
)
def test_why_a_line_is_no_request_repeats_nothing_of_it(line: object) -> None:
    (broken,) = entries(line)
    assert isinstance(broken, Broken)
    assert "4711" not in broken.why


def test_a_line_without_an_end_is_read_over_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 200)
    long = {**REQUEST, "body": "A" * 1000}
    _, broken, last = entries(REQUEST, long, REQUEST)
    assert broken == Broken("line 2", "it is longer than 0 MiB")
    assert last.place == "line 3"
    assert len(entries(REQUEST, long)) == 2
