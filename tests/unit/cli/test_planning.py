import json
from collections.abc import Iterator
from typing import Any

import pytest

from router.cli.main import main
from tests.support.admin_double import AdminDouble, admin_double

PLAN: dict[str, Any] = {
    "service": "support",
    "percent_now": 20.0,
    "percent": 50.0,
    "status": "rolling",
    "status_then": "rolling",
    "stage": 2,
    "requests_per_hour": 12_000,
    "ai_requests_per_hour_now": 2400,
    "ai_requests_per_hour": 6000,
    "needs_reason": True,
    "approvals": 2,
    "refusal": None,
}


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminDouble]:
    with admin_double() as double:
        monkeypatch.setenv("GRAY_ROUTER_ADMIN", double.url)
        double.says(PLAN)
        yield double


def test_a_change_is_shown_before_anybody_makes_it(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "support", "50"]) == 0
    assert admin.heard == [("GET", "/api/v1/services/support/plan?percent=50", None)]
    assert capsys.readouterr().out.splitlines() == [
        "support: 20 % -> 50 % of callers go to AI (stage 3 of its plan); rolling -> rolling",
        "requests  12,000 an hour; for AI 2,400 -> 6,000",
        "asks for  a reason, and the yes of 2 people, who asks being one of them",
    ]


def test_what_would_refuse_it_is_said_and_is_no_failure(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = {"code": "step_too_large", "detail": "at most 30 percent at once"}
    admin.says({**PLAN, "refusal": refusal, "stage": None})
    assert main(["plan", "support", "50"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "IT WOULD BE REFUSED NOW (step_too_large): at most 30 percent at once"
    assert "stage" not in told[0]


def test_what_is_not_known_yet_is_not_made_up(
    admin: AdminDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    hours = {key: None for key in PLAN if key.endswith(("per_hour", "per_hour_now"))}
    admin.says({**PLAN, **hours, "needs_reason": False, "approvals": 1})
    assert main(["plan", "support", "50"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "requests  not known yet: ask again after a minute with traffic",
        "asks for  nothing",
    ]


def test_json_is_what_the_api_said(admin: AdminDouble, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "support", "50", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == PLAN
    assert len(admin.heard) == 1
