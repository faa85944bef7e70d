import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from router.cli.main import main
from tests.support.admin_double import AdminDouble, admin_double, plain

EVENT: dict[str, Any] = {
    "sequence": 7,
    "at": "2026-09-21T14:13:20.000Z",
    "who": "ada.lovelace",
    "from": "10.0.0.9 via api",
    "command": "rollback",
    "service": "support",
    "why": "errors",
    "old": {"percent": 20.0, "status": "rolling", "pending": None},
    "new": {"percent": 0.0, "status": "rolled_back", "pending": None},
    "accepted": True,
    "refused": None,
}


ROLLING = {"percent": 20.0, "status": "rolling", "pending": None}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        double.says({"events": [EVENT], "next": None})
        yield double


def test_events_are_shown_in_columns(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["events", "a b"]) == 0
    headings, event = capsys.readouterr().out.splitlines()
    assert headings.split()[:4] == ["EVENT", "WHEN", "WHO", "FROM"]
    assert re.split(" {2,}", event) == [
        "7",
        "2026-09-21T14:13:20.000Z",
        "ada.lovelace",
        "10.0.0.9 via api",
        "support",
        "rollback",
        "20 % -> 0 %, rolled_back",
        "errors",
    ]
    assert admin.heard == [("GET", "/api/v1/events?service=a+b&limit=20", None)]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({}, "20 % -> 0 %, rolled_back"),
        ({"old": None}, " 0 %, rolled_back"),
        (
            {"accepted": False, "refused": "a freeze", "new": None},
            "rollback  REFUSED     a freeze; asked for: errors",
        ),
        ({"accepted": False, "refused": "a freeze", "why": ""}, "REFUSED     a freeze\n"),
        ({"new": None, "old": None}, "rollback  -  "),
        ({"new": {**ROLLING, "pending": 50.0}}, "50 % waits for another person"),
        ({"new": {**ROLLING, "percent": 12.34}}, "20 % -> 12.34 %, rolling"),
        ({"why": "\x1b[2J"}, r"\x1b[2J"),
    ],
    ids=str,
)
def test_what_came_of_a_command_is_said(
    admin: AdminDouble,
    capsys: pytest.CaptureFixture[str],
    event: dict[str, object],
    told: str,
) -> None:
    admin.says({"events": [{**EVENT, **event}], "next": None})
    assert main(["events"]) == 0
    assert told in capsys.readouterr().out


def test_as_many_as_are_asked_for_are_fetched_page_by_page(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says_in_turn(
        plain({"events": [EVENT] * 1000, "next": 501}), plain({"events": [EVENT] * 900, "next": 9})
    )
    assert main(["events", "--limit", "1900", "--json"]) == 0
    assert [path for _, path, _ in admin.heard] == [
        "/api/v1/events?limit=1000",
        "/api/v1/events?before=501&limit=900",
    ]
    assert len(json.loads(capsys.readouterr().out)["events"]) == 1900


def test_a_page_on_which_nothing_may_be_seen_is_not_the_end(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.says_in_turn(plain({"events": [], "next": 501}), plain({"events": [EVENT], "next": 501}))
    assert main(["events", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["events"]) == 1
    assert len(admin.heard) == 2


def test_an_empty_log_says_so(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    admin.says({"events": [], "next": None})
    assert main(["events"]) == 0
    assert capsys.readouterr().out == "no events yet\n"


@pytest.mark.parametrize(
    "words",
    [["--limit", "0"], ["--limit", "x"], ["--verify", "--noted", "3"], ["--noted", "3:xyz"]],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["events", *words])
    assert ended.value.code == 2


def test_a_store_is_only_read_to_be_checked(admin: AdminDouble) -> None:
    assert main(["events", "--store", "sqlite:///x.db"]) == 2
    assert admin.heard == []
