"""What the admin API says of comparisons, for tests of whoever shows it."""

from typing import Any

PAIR: dict[str, Any] = {
    "id": "01JD7",
    "service": "support",
    "request_id": "req-1",
    "at": "2026-11-22T01:02:03.000Z",
    "phase": "7/gpt-x",
    "served": "legacy",
    "fields": [{"field": "/label", "change": "value"}, {"field": "/note", "change": "extra"}],
    "legacy": {"status": 200, "bytes": 61, "ms": 3.2, "lost": None},
    "ai": {"status": 200, "bytes": 84, "ms": 31.5, "lost": None},
    "differences": [
        {
            "field": "/label",
            "change": "value",
            "at": "/label",
            "legacy": "refund",
            "ai": "shipping",
        },
        {"field": "/note", "change": "extra", "at": "/note", "ai": "parcel"},
    ],
    "contents": {
        "request": {
            "method": "POST",
            "target": "/v1/classify",
            "headers": [
                ["content-type", "application/json"],
                ["content-length", "33"],
                ["authorization", "[masked]"],
            ],
            "kind": "json",
            "body": {"ticket": "where's my parcel?", "customer": {"email": "[masked]"}},
        },
        "legacy": {
            "headers": [["content-type", "application/json"]],
            "kind": "json",
            "body": {"label": "refund", "id": 1},
        },
        "ai": {
            "headers": [["content-type", "application/json"], ["server", "ai"]],
            "kind": "json",
            "body": {"id": 1, "label": "shipping", "note": "parcel"},
        },
    },
    "result": "divergent",
    "record": "full",
    "route": "POST /v1/classify",
    "legacy_noise": None,
    "ai_noise": ["/note"],
    "decision": ["refund", "shipping"],
    "is_more": False,
    "withheld": None,
}
BARE: dict[str, Any] = {
    **PAIR,
    "differences": None,
    "contents": None,
    "record": "metadata",
    "route": None,
    "decision": None,
    "withheld": "`compare.record: metadata` keeps no content",
}
"""The same pair where no content is kept."""

NOBODY: dict[str, Any] = {"ratio": None, "low": None, "high": None, "n": 0}


def rate(ratio: float, low: float, high: float, n: int = 1000) -> dict[str, Any]:
    return {"ratio": ratio, "low": low, "high": high, "n": n}


SUMMARY: dict[str, Any] = {
    "raw": rate(0.133, 0.112, 0.156),
    "legacy_noise": rate(0.1, 0.08, 0.12, 50),
    "ai_noise": NOBODY,
    "beyond_noise": rate(0.031, 0.019, 0.046, 50),
    "claimed": True,
    "because": None,
}
ANSWERS: dict[str, Any] = {
    "kind": "answer",
    "service": "support",
    "phase": "7/gpt-x",
    "phases": ["7/gpt-x", "6"],
    "coverage": {
        "eligible": 1200,
        "compared": 1000,
        "ratio": 0.8333,
        "left_out": {"too_large": 120, "queue_full": 80, "budget": 0},
    },
    "results": {"match": 867, "noise": 100, "divergent": 33, "error": 0},
    "summary": SUMMARY,
    "fields": [
        {**SUMMARY, "field": "/label", "changes": {"value": 31}, "is_noise": False},
        {
            **SUMMARY,
            "field": "/at",
            "changes": {"value": 100, "missing": 2},
            "is_noise": True,
            "beyond_noise": rate(0.0, 0.0, 0.01),
            "claimed": False,
            "because": "within_noise",
        },
    ],
    "decision": {
        "agreement": rate(0.9, 0.8, 0.95),
        "labels": ["refund", "shipping", ""],
        "counts": [
            {"legacy": "refund", "ai": "refund", "count": 900},
            {"legacy": "refund", "ai": "shipping", "count": 31},
        ],
    },
    "custom": None,
    "suggested": 'compare:\n  classes:\n    # always a timestamp\n    "/at": timestamp\n',
    "samples": [PAIR],
    "next": None,
}
METRICS: dict[str, Any] = {
    "kind": "metric",
    "service": "support",
    "minutes": [
        {
            "at": "2026-11-22T01:02:00.000Z",
            "phase": "7",
            "pairs": 100,
            "metrics": {
                "error_rate": {
                    "legacy": 0.01,
                    "ai": 0.03,
                    "difference": 0.02,
                    "low": -0.01,
                    "high": 0.05,
                    "n": 100,
                },
                "latency_p50": {
                    "legacy": 3.2,
                    "ai": 31.0,
                    "difference": 27.8,
                    "low": 20.0,
                    "high": 30.1,
                    "n": 100,
                },
                "latency_p99": {
                    "legacy": 5.0,
                    "ai": 90.0,
                    "difference": 85.0,
                    "low": None,
                    "high": None,
                    "n": 100,
                },
            },
        }
    ],
}
