from typing import Any

import pytest

from router.cli import pair_layout
from router.cli.pair_layout import Part, Row, facts, parts, spans
from tests.support.compared import BARE, PAIR


def part(title: str, pair: dict[str, Any] | None = None) -> Part:
    return next(part for part in parts(pair or PAIR) if part.title == title)


def with_bodies(legacy: object, ai: object) -> dict[str, Any]:
    contents = PAIR["contents"]
    return {
        **PAIR,
        "contents": {
            **contents,
            "legacy": {**contents["legacy"], "body": legacy},
            "ai": {**contents["ai"], "body": ai},
        },
    }


def test_what_is_always_known_comes_first() -> None:
    assert dict(facts(PAIR)) == {
        "pair": "01JD7",
        "request": "req-1 at 2026-11-22T01:02:03.000Z",
        "phase": "7/gpt-x",
        "served by": "legacy",
        "differs in": "/label (value), /note (extra)",
        "ai noise": "asked twice, it differed from itself in /note",
        "asked": "POST /v1/classify",
        "decided": "refund / shipping",
    }
    assert dict(facts({**PAIR, "is_more": True}))["differs in"].endswith("(extra), and more")
    assert [part.title for part in parts(BARE)] == ["answers"]


def test_a_mirrored_request_was_served_by_nobody() -> None:
    assert "nobody" in dict(facts({**PAIR, "served": None}))["served by"]


def test_statuses_sizes_and_times_stand_beside_each_other() -> None:
    assert part("answers").rows == (
        Row("200", "200", "status"),
        Row("61", "84", "bytes"),
        Row("3.2", "31.5", "ms"),
    )
    lost = {"status": None, "bytes": None, "ms": None, "lost": "timeout"}
    answers = part("answers", {**PAIR, "ai": lost})
    assert Row("—", "timeout", "lost") in answers.rows


def test_a_difference_shows_both_values_and_nothing_where_there_is_none() -> None:
    assert part("differences").rows == (
        Row('"refund"', '"shipping"', "/label", "value"),
        Row(None, '"parcel"', "/note", "extra"),
    )


def test_bodies_are_set_beside_each_other_whatever_the_order_of_their_keys() -> None:
    assert part("bodies").rows == (
        Row("{", "{"),
        Row('  "id": 1,', '  "id": 1,'),
        Row('  "label": "refund"', '  "label": "shipping",'),
        Row(None, '  "note": "parcel"'),
        Row("}", "}"),
    )


def test_headers_are_aligned_by_name() -> None:
    assert part("headers").rows == (
        Row("content-type: application/json", "content-type: application/json"),
        Row(None, "server: ai"),
    )


def test_equal_lines_far_from_a_difference_are_counted_and_not_shown() -> None:
    many = {f"k{number:03}": number for number in range(100)}
    rows = part("bodies", with_bodies(many, {**many, "k050": 0})).rows
    assert [row for row in rows if row.differs] == [Row('  "k050": 50,', '  "k050": 0,')]
    assert len(rows) == 9
    assert rows[0].legacy == "… 48 equal lines …"
    assert rows[-1].ai == "… 47 equal lines …"


def test_a_body_that_is_no_json_is_shown_by_lines() -> None:
    rows = part("bodies", with_bodies("one\ntwo", "one\nthree")).rows
    assert rows == (Row("one", "one"), Row("two", "three"))


def test_nothing_of_a_backend_reaches_the_terminal_as_a_command() -> None:
    evil = "\x1b]0;owned\x07"
    pair = with_bodies(evil, {evil: evil})
    pair["differences"] = [
        {"field": evil, "change": evil, "at": evil, "legacy": evil, "ai": {evil: evil}}
    ]
    pair["fields"] = pair["differences"]
    pair["phase"] = pair["request_id"] = evil
    shown = [fact for _, fact in facts(pair)]
    shown += [str(row) for part in parts(pair) for row in part.rows]
    assert "\x1b" not in "".join(shown)
    assert "\x07" not in "".join(shown)


def test_endless_bodies_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_layout, "LONGEST", 3)
    rows = part("bodies", with_bodies("a\nb\nc\nd", "a\nb\nx\ny")).rows
    assert rows[-1] == Row("c", "x")


def test_two_lines_are_cut_into_what_is_equal_and_what_is_not() -> None:
    assert list(spans("ship by sea", "ship by air")) == [
        (True, "ship by ", "ship by "),
        (False, "se", ""),
        (True, "a", "a"),
        (False, "", "ir"),
    ]
