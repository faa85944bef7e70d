import json
from collections.abc import Iterator
from typing import Any

import pytest

from router.cli import drill
from router.cli.main import main
from tests.support.admin_double import (
    RELEASE,
    REPORT,
    SERVICE,
    AdminDouble,
    acknowledged,
    admin_double,
    plain,
    published,
    stream,
)

PASSED: dict[str, Any] = {
    "report": REPORT,
    "restored": True,
    "because": None,
    "applied_ms": 41.2,
    "last_ai_byte_ms": 12.3,
    "release": RELEASE,
}
AT_0 = {**RELEASE, "status": "rolled_back", "percent": 0.0, "held_for": "drill"}
LEFT = {**PASSED, "restored": False, "because": "ben has changed it", "release": AT_0}
LATE = {**REPORT, "complete": False, "bound_s": 15.0, "missing": ["worker-3"]}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        yield double


def says(admin: AdminDouble, ended: dict[str, Any]) -> None:
    steps = (published(), acknowledged("worker-1", 2.4), ("report", ended["report"]))
    admin.says_in_turn(stream(*steps, ("drill", ended)))


def test_a_drill_that_passed_is_told_step_by_step_and_ends_with_0(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    says(admin, PASSED)
    assert main(["drill", "support", "--reason", "monthly"]) == 0
    ack, stays, last = capsys.readouterr().out.splitlines()
    assert ack == "  support: r1 worker-1 after 2.4 ms"
    assert stays == "  everyone is on legacy; they stay there for some seconds"
    assert last.startswith("DRILL PASSED: support: everyone is on legacy, 3 of 3 workers")
    assert admin.heard == [("POST", "/api/v1/services/support/drill", {"reason": "monthly"})]
    assert "text/event-stream" in admin.asked_with[0]["Accept"]


def test_what_was_left_at_0_ends_with_1(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    says(admin, LEFT)
    assert main(["drill", "support"]) == 1
    assert "THE DRILL WAS NOT ENDED" in capsys.readouterr().err


def test_whoever_has_not_confirmed_makes_it_4(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    says(admin, {**LEFT, "report": {**LATE, "problems": ["the disk is full"]}})
    assert main(["drill", "support"]) == 4
    told = capsys.readouterr()
    assert "not confirmed by all" in told.out
    assert "NOT YET EVERYWHERE" in told.err
    assert "the disk is full" in told.err


def test_as_json_it_is_what_the_router_said_and_nothing_else(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    for ended, code in ((PASSED, 0), (LEFT, 1)):
        says(admin, ended)
        assert main(["drill", "support", "--json"]) == code
        assert json.loads(capsys.readouterr().out) == ended


def test_a_refusal_ends_with_1(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    admin.says_in_turn(plain({"code": "refused", "detail": "drill is not possible"}, 409))
    assert main(["drill", "support"]) == 1
    assert "drill is not possible" in capsys.readouterr().err


def test_a_router_that_streams_nothing_may_answer_in_one_piece(admin: AdminDouble) -> None:
    admin.says_in_turn(plain(PASSED))
    assert main(["drill", "support"]) == 0


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (stream(published(), ("report", REPORT)), "it ended before the drill did"),
        ((200, b"event: drill\ndata: {\n\n", {"Content-Type": "text/event-stream"}), "no JSON"),
    ],
)
def test_what_is_lost_on_the_way_is_not_known_to_be_done(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str], said: Any, why: str
) -> None:
    admin.says_in_turn(said)
    assert main(["drill", "support"]) in (1, 3)
    assert why in capsys.readouterr().err


def test_a_person_is_asked_first_and_what_was_seen_is_what_is_rehearsed(
    admin: AdminDouble, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drill, "is_to_be_asked", lambda _: True)
    monkeypatch.setattr(drill, "agrees", lambda step: "real rollback" in step)
    admin.says_in_turn(plain(SERVICE), plain(PASSED))
    assert main(["drill", "support"]) == 0
    assert admin.asked_with[-1]["If-Match"] == '"4"'
    monkeypatch.setattr(drill, "agrees", lambda _: False)
    admin.says_in_turn(plain(SERVICE))
    assert main(["drill", "support"]) == 1
    assert capsys.readouterr().out.endswith("Nothing has changed.\n")
    assert [method for method, _, _ in admin.heard] == ["GET", "POST", "GET"]
