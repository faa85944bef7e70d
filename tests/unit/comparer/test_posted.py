import base64
from typing import Any

import msgspec
import pytest

from router.comparer.posted import MOST_AT_ONCE, Posting
from router.errors import PairRefusedError
from router.model import Variant
from tests.support.pairs import MINUTE

POSTING = Posting(("support",), b"x-request-id")


def body(text: bytes) -> str:
    return base64.b64encode(text).decode()


def posted(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "service": "support",
        "request": {
            "method": "POST",
            "target": "/v1/classify?x=1",
            "headers": {"Content-Type": "application/json"},
            "body": body(b"{}"),
        },
        "legacy": {"status": 200, "body": body(b"1"), "seconds": 0.5},
        "ai": {"status": 502, "headers": [["a", "1"], ["A", "2"]]},
    }
    return whole | changes


def read(document: object) -> list[Any]:
    return POSTING.pairs(msgspec.json.encode(document), MINUTE, b"made")


def test_a_pair_is_what_was_posted() -> None:
    [pair] = read(posted())
    assert (pair.service, pair.request_id, pair.at, pair.served) == (
        "support",
        b"made-0",
        MINUTE,
        None,
    )
    asked, legacy, ai = pair.request, pair.legacy, pair.ai
    assert (asked.method, asked.target, asked.body) == (b"POST", b"/v1/classify?x=1", b"{}")
    assert asked.fields == [(b"content-type", b"application/json")]
    assert (legacy.variant, legacy.status, legacy.body, legacy.size) == (
        Variant.LEGACY,
        200,
        b"1",
        1,
    )
    assert legacy.seconds == 0.5
    assert (ai.variant, ai.status, ai.body) == (Variant.AI, 502, b"")
    assert ai.fields == [(b"a", b"1"), (b"a", b"2")]


def test_a_list_holds_several_and_a_request_may_bear_its_id() -> None:
    named = posted(request={"method": "GET", "target": "*", "headers": {"X-Request-Id": "r7"}})
    assert [pair.request_id for pair in read([posted(), named])] == [b"made-0", b"r7"]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (posted(service="other"), r"`\$.service` names no service that is compared \(support\)"),
        ([posted(), posted(service="")], r"`\$\[1\].service` names no service"),
        ({}, "missing required field `service`"),
        ({}, r"`service` - at `\$`$"),
        (
            posted(more=1),
            r"unknown field `more` - at `\$`: allowed there are service, request, legacy, ai$",
        ),
        (
            [posted(), posted(more=1)],
            r"`more` - at `\$\[.*\]`: allowed there are service, request, legacy, ai$",
        ),
        (
            posted(request={"method": "GET", "target": "/", "path": "/"}),
            r"`path` - at `\$.request`: allowed there are method, target, headers, body$",
        ),
        (
            [posted(ai={"status": 200, "a.request": 1})],
            r"`a.request` - at `\$.*.ai`: allowed there are status, headers, body, seconds$",
        ),
        (posted(legacy={"status": "200"}), r"Expected `int`, got `str` - at `\$.legacy.status`"),
        (posted(ai={"status": 100}), r"Expected `int` >= 200 - at `\$.ai.status`"),
        (posted(ai={"status": 200, "body": "{}"}), r"`\$.ai.body` is not base64"),
        (posted(ai={"status": 200, "seconds": -1}), r"`\$.ai.seconds`"),
        (posted(ai={"status": 200, "seconds": 1e308}), r"<= 86400.* - at `\$.ai.seconds`"),
        (posted(request={"method": "get", "target": "/"}), "a method in upper case"),
        (posted(request={"method": "X" * 33, "target": "/"}), "of 32 letters at most"),
        (posted(request={"method": "GET", "target": "http://a/"}), "a path, or"),
        (
            posted(request={"method": "GET", "target": "/", "headers": {"a b": "c"}}),
            r"`\$.request.headers` is not as it should be: names of header fields",
        ),
        (
            posted(request={"method": "GET", "target": "/", "headers": {"a": "b\r\nc"}}),
            "values of one line",
        ),
        ([], "length >= 1"),
        ([posted()] * (MOST_AT_ONCE + 1), f"length <= {MOST_AT_ONCE}"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_is_allowed(
    document: object, why: str
) -> None:
    with pytest.raises(PairRefusedError, match=why):
        read(document)


@pytest.mark.parametrize("text", [b"", b"{", b'{"service": "\xff"}', b"[" * 100_000])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(PairRefusedError):
        POSTING.pairs(text, MINUTE, b"made")
