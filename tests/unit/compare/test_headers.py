from dataclasses import replace

import pytest

from router.compare.headers import header_differences
from router.compare.pair import Answer
from router.compare.rules import CompareRules
from router.compare.verdict import Change, Difference
from router.model import Variant
from router.places.pointer import MISSING

NOTHING = Answer(Variant.LEGACY, 200, [], b"", 0)


def differences(name: str, legacy: list[bytes], ai: list[bytes]) -> list[Difference]:
    """Compare answers that have these lines of one field, among others."""
    one, other = (
        replace(NOTHING, fields=[(b"date", b"now"), *((name.encode(), line) for line in lines)])
        for lines in (legacy, ai)
    )
    return header_differences(one, other, CompareRules(headers=(name,)))


def test_the_status_is_compared_unless_it_is_not_asked_for() -> None:
    failed = replace(NOTHING, status=500)
    assert header_differences(NOTHING, failed, CompareRules()) == [
        Difference("status", Change.VALUE, "status", 200, 500)
    ]
    assert header_differences(NOTHING, failed, CompareRules(status=False)) == []


def test_only_fields_that_are_named_are_compared() -> None:
    other = replace(NOTHING, fields=[(b"etag", b'"1"')])
    assert header_differences(NOTHING, other, CompareRules(headers=("vary",))) == []


def test_a_field_may_have_another_value_or_be_there_on_one_side_alone() -> None:
    assert differences("etag", [b"1"], [b"2"]) == [
        Difference("header:etag", Change.VALUE, "header:etag", "1", "2")
    ]
    assert differences("etag", [b"1"], []) == [
        Difference("header:etag", Change.MISSING, "header:etag", "1", MISSING)
    ]
    assert differences("etag", [], [b""]) == [
        Difference("header:etag", Change.EXTRA, "header:etag", MISSING, "")
    ]


@pytest.mark.parametrize(
    ("name", "legacy", "ai"),
    [
        ("vary", [b"accept, cookie"], [b"accept", b"cookie"]),
        ("vary", [b"accept , cookie"], [b"accept,cookie"]),
        ("link", [b'</a>; title="x , y"'], [b'</a>; title="x , y"']),
        ("content-type", [b"application/json"], [b"Application/JSON; charset=UTF-8"]),
        ("content-type", [b"text/html; a=1; charset=utf-8"], [b'text/html;charset="UTF8";A=1']),
        ("content-type", [b"multipart/mixed; boundary=x"], [b"multipart/mixed; boundary=y"]),
        ("set-cookie", [b"a=1; Path=/; Secure", b"b=2"], [b"b=3", b"a=4; secure; path=/"]),
        (
            "set-cookie",
            [b"a=1; Expires=Wed, 01 Jan 2027 00:00:00 GMT"],
            [b"a=1; expires=Thu, 02 Jan 2027 00:00:00 GMT"],
        ),
    ],
)
def test_fields_are_equal_where_they_mean_the_same(
    name: str, legacy: list[bytes], ai: list[bytes]
) -> None:
    assert differences(name, legacy, ai) == []


@pytest.mark.parametrize(
    ("name", "legacy", "ai"),
    [
        ("vary", [b"accept"], [b"Accept"]),
        ("vary", [b"accept, cookie"], [b"cookie, accept"]),
        ("link", [b'</a>; title="x , y"'], [b'</a>; title="x, y"']),
        ("content-type", [b"application/json"], [b"text/json"]),
        ("content-type", [b"application/json"], [b"application/json; charset=latin-1"]),
        ("content-type", [b"text/html"], [b"text/html; charset=utf-8"]),
        ("content-type", [b"text/html"], [b"text/html; version=1"]),
        ("set-cookie", [b"a=1; HttpOnly"], [b"a=1"]),
        ("set-cookie", [b"a=1; Path=/"], [b"a=1; Path=/v1"]),
        ("set-cookie", [b"a=1"], [b"a=1", b"b=1"]),
    ],
)
def test_fields_differ_where_they_mean_something_else(
    name: str, legacy: list[bytes], ai: list[bytes]
) -> None:
    assert [it.field for it in differences(name, legacy, ai)] == [f"header:{name}"]


def test_no_value_of_a_cookie_is_ever_told() -> None:
    (difference,) = differences("set-cookie", [b"session=s3cret; Path=/"], [b"session=t0ken"])
    assert difference.legacy == ["session; path=/"]
    assert difference.ai == ["session"]


def test_a_field_of_quotes_that_nobody_closes_is_compared_at_once() -> None:
    quotes = b'\\"' * 30_000
    assert differences("link", [quotes], [quotes]) == []
