"""What happened lately, and what a change would come to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.control.api.access import Access
from router.control.api.app import admin_app
from router.control.api.measures import Measures
from router.control.api.sites import guard_for
from router.control.recent import Figures, VariantFigures
from router.errors import UnknownServiceError
from router.model import BasisPoints, Variant
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle
from router.release.state import Release, Status
from tests.support.releases import NOON, PLAN, HeardWorkers, conductor_of

NOTHING = VariantFigures(0, None, None, None, None, None)
SOME = Figures(
    30.04,
    {
        Variant.LEGACY: VariantFigures(60, 2.0, 0.0, 5.0, 9.0, 9.9),
        Variant.AI: VariantFigures(30, 1.0, 0.1, 7.5, 20.0, 24.0),
    },
    {"connect": 3},
)


@dataclass
class Known:
    """What the answers are made from."""

    client: TestClient[Any, Any] = field(init=False)
    figures: Figures = SOME
    release: Release = field(
        default_factory=lambda: Release(
            "support", Status.ROLLING, BasisPoints(500), stage=0, epoch=2, revision=4
        )
    )
    plan: ReleasePlan = PLAN
    obstacles: list[Obstacle] = field(default_factory=list[Obstacle])
    asked: list[float] = field(default_factory=list[float])

    def find(self, service: str) -> Release:
        if service != "support":
            raise UnknownServiceError(service, ("support",))
        return self.release

    def look_back(self, service: str, seconds: float) -> Figures:
        self.asked.append(seconds)
        return self.figures

    async def get(self, path: str, status: int = 200) -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1/services/{path}")
        assert answer.status == status
        return dict(await answer.json())


@pytest.fixture
async def known() -> AsyncIterator[Known]:
    it = Known()
    measures = Measures(
        it.look_back, it.find, lambda _: it.plan, lambda: NOON, lambda _: it.obstacles
    )
    noting = conductor_of(HeardWorkers())
    app = admin_app(guard_for(Access, lambda: 0.0), noting, [measures])
    async with TestClient(TestServer(app, host="127.0.0.1")) as it.client:
        yield it


async def test_the_last_minute_is_shown_by_variant(known: Known) -> None:
    assert await known.get("support/metrics") == {
        "service": "support",
        "window_s": 60.0,
        "covered_s": 30.0,
        "variants": {
            "legacy": {
                "requests": 60,
                "requests_per_second": 2.0,
                "error_ratio": 0.0,
                "p50_ms": 5.0,
                "p95_ms": 9.0,
                "p99_ms": 9.9,
            },
            "ai": {
                "requests": 30,
                "requests_per_second": 1.0,
                "error_ratio": 0.1,
                "p50_ms": 7.5,
                "p95_ms": 20.0,
                "p99_ms": 24.0,
            },
        },
        "fallbacks": {"connect": 3},
        "replicas_counted": 1,
    }


@pytest.mark.parametrize(("window", "seconds"), [("1s", 1), ("90s", 90), ("5m", 300)])
async def test_the_window_is_the_one_asked_for(known: Known, window: str, seconds: int) -> None:
    assert (await known.get(f"support/metrics?window={window}"))["window_s"] == seconds
    assert known.asked == [seconds]


@pytest.mark.parametrize("window", ["0s", "6m", "60", "1h", "-5s", "1.5s"])
async def test_another_window_is_refused(known: Known, window: str) -> None:
    problem = await known.get(f"support/metrics?window={window}", 400)
    assert problem["code"] == "malformed_query"
    assert "1s to 5m" in problem["detail"]


@pytest.mark.parametrize("call", ["metrics", "plan?percent=5"])
async def test_a_service_that_is_not_there_has_no_figures(known: Known, call: str) -> None:
    assert (await known.get(f"orders/{call}", 404))["code"] == "unknown_service"


async def test_a_plan_says_what_a_raise_would_come_to_and_does_nothing(known: Known) -> None:
    before = known.release
    assert await known.get("support/plan?percent=50") == {
        "service": "support",
        "percent_now": 5.0,
        "percent": 50.0,
        "status": "rolling",
        "status_then": "rolling",
        "stage": 1,
        "requests_per_hour": 10_800,
        "ai_requests_per_hour_now": 540,
        "ai_requests_per_hour": 5400,
        "needs_reason": False,
        "approvals": 1,
        "refusal": None,
    }
    assert known.release is before


async def test_a_share_between_the_stages_is_none_of_them(known: Known) -> None:
    assert (await known.get("support/plan?percent=12.34"))["stage"] is None


async def test_nothing_is_said_of_requests_while_nothing_is_known(known: Known) -> None:
    known.figures = Figures(0.0, dict.fromkeys(Variant, NOTHING), {})
    plan = await known.get("support/plan?percent=50")
    assert (plan["requests_per_hour"], plan["ai_requests_per_hour"]) == (None, None)


async def test_what_would_refuse_a_raise_is_said_in_words(known: Known) -> None:
    known.plan = replace(PLAN, max_step=BasisPoints(1000))
    plan = await known.get("support/plan?percent=50")
    assert plan["refusal"] == {
        "code": "step_too_large",
        "detail": "50 percent is too large a step; at most 15 percent may be next",
    }
    assert (await known.get("support/plan?percent=15"))["refusal"] is None


async def test_an_obstacle_holds_back_a_raise_and_nothing_else(known: Known) -> None:
    known.obstacles.append(Obstacle("legacy", "none of its endpoints is healthy"))
    refusal = (await known.get("support/plan?percent=50"))["refusal"]
    assert refusal["code"] == "held_back"
    assert "none of its endpoints is healthy" in refusal["detail"]
    assert (await known.get("support/plan?percent=1"))["refusal"] is None


async def test_what_needs_approval_and_a_reason_says_so(known: Known) -> None:
    known.plan = replace(PLAN, approvals=2, require_reason=True)
    plan = await known.get("support/plan?percent=50")
    assert (plan["approvals"], plan["needs_reason"], plan["refusal"]) == (2, True, None)
    assert plan["status_then"] == "rolling"
    assert (await known.get("support/plan?percent=0"))["approvals"] == 1
    assert (await known.get("support/plan?percent=0"))["status_then"] == "idle"


@pytest.mark.parametrize("percent", ["", "?percent=", "?percent=101", "?percent=nan", "?percent=x"])
async def test_a_plan_wants_a_percentage(known: Known, percent: str) -> None:
    assert (await known.get(f"support/plan{percent}", 400))["code"] == "malformed_query"


@pytest.mark.parametrize(
    "call", ["metrics?window=5s&window=60s", "metrics?window=", "plan?percent=5&percent=50"]
)
async def test_what_is_said_twice_or_for_nothing_is_refused(known: Known, call: str) -> None:
    assert (await known.get(f"support/{call}", 400))["code"] == "malformed_query"


@pytest.mark.parametrize("percent", ["inf", "1.234", "-1", "1_0", "1e1", "%D9%A3"])
async def test_what_is_no_share_is_refused(known: Known, percent: str) -> None:
    assert (await known.get(f"support/plan?percent={percent}", 400))["code"] == "malformed_query"
