import json
from typing import Any

import msgspec

from router.compare.sample import Sample, Side
from router.control.api.pair_views import pair_view, sample_view
from tests.support.compared_pairs import BODY, FULL

DIFF = msgspec.structs.replace(FULL, detail="diff")
METADATA = msgspec.structs.replace(FULL, detail="metadata")


def shown(sample: Sample, *, may_read: bool = True) -> dict[str, Any]:
    return dict(json.loads(pair_view(sample, may_read=may_read).model_dump_json()))


def test_what_is_no_content_is_for_everybody() -> None:
    assert sample_view(FULL).model_dump() == {
        "id": "s1",
        "service": "support",
        "request_id": "r1",
        "at": "2026-09-21T14:13:20.000Z",
        "phase": "7/gpt-x",
        "served": "legacy",
        "result": "divergent",
        "fields": (
            {"field": "/label", "change": "value"},
            {"field": "/tags/*", "change": "extra"},
        ),
        "legacy": {"status": 200, "bytes": 18, "ms": 3.2, "lost": None},
        "ai": {"status": 200, "bytes": 20, "ms": 31.5, "lost": None},
    }


def test_a_reviewer_sees_all_that_is_kept() -> None:
    pair = shown(FULL)
    assert pair["differences"] == [
        {"field": "/label", "change": "value", "at": "/label", "legacy": "refund", "ai": None},
        {"field": "/tags/*", "change": "extra", "at": "/tags/3", "ai": "x"},
        {"field": "/tags/*", "change": "extra", "at": "/tags/4", "ai": "y"},
    ]
    assert pair["contents"]["request"] == {
        "method": "POST",
        "target": "/v1/classify",
        "headers": [["content-type", "application/json"]],
        "kind": "json",
        "body": {"a": 1},
    }
    assert pair["contents"]["legacy"]["body"] == BODY
    assert (pair["decision"], pair["route"]) == (["refund", ""], "POST /v1/classify")
    assert (pair["legacy_noise"], pair["ai_noise"]) == (None, ["/at"])
    assert pair["withheld"] is None


def test_values_without_whole_answers_say_what_is_missing() -> None:
    pair = shown(DIFF)
    assert pair["differences"][0]["legacy"] == "refund"
    assert pair["contents"] is None
    assert "`compare.record: diff`" in pair["withheld"]


def test_whoever_may_not_read_contents_gets_none_of_them() -> None:
    for sample in (FULL, DIFF):
        pair = shown(sample, may_read=False)
        hidden = ("differences", "contents", "decision", "route")
        assert [pair[name] for name in hidden] == [None] * 4
        assert "reviewer" in pair["withheld"]
        assert "refund" not in json.dumps(pair)


def test_where_nothing_is_kept_nothing_is_shown() -> None:
    pair = shown(METADATA)
    assert pair["differences"] is pair["contents"] is None
    assert "`compare.record: metadata`" in pair["withheld"]


def test_an_answer_that_never_came_has_no_status() -> None:
    lost = msgspec.structs.replace(FULL, ai=Side(0, 0, 30.0, loss="timeout"))
    assert shown(lost)["ai"] == {"status": None, "bytes": None, "ms": 30_000.0, "lost": "timeout"}
