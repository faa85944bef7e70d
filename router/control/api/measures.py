"""`…/metrics` and `…/plan` of a service: what happened lately, and what a change would come to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.bodies import answer
from router.control.api.problems import MALFORMED_QUERY, RefusedError
from router.control.api.queries import one
from router.control.recent import LONGEST, Figures, VariantFigures
from router.model import BasisPoints, Variant, percent_to_basis_points
from router.release import commands
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle, Refusal
from router.release.state import Release, Status
from router.release.transitions import Decision, decide

LAST_MINUTE: Final = 60.0
"""Seconds."""

_PERCENT: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]+)?")
_WINDOW: Final = re.compile(r"([0-9]{1,4})(s|m)")
_SECONDS: Final = {"s": 1.0, "m": 60.0}


class VariantMeasures(BaseModel):
    """What one variant did within the window; null where there is nothing to measure."""

    requests: int = Field(description="Requests that it was asked last, and that have ended.")
    requests_per_second: float | None = Field(description="The same by time.")
    error_ratio: float | None = Field(
        description="Share of 5xx among its answers, 0 to 1. Those that the router gave where the "
        "backend could not be reached or was lost are among them; where legacy answered instead, "
        "the request is legacy's."
    )
    p50_ms: float | None = Field(description="Half of the answers took no longer.")
    p95_ms: float | None = Field(description="95 percent took no longer.")
    p99_ms: float | None = Field(description="99 percent took no longer.")


class MeasuresView(BaseModel):
    """A service's last seconds."""

    service: str = Field(description="The service's name.")
    window_s: float = Field(description="Seconds that were asked for.")
    covered_s: float = Field(
        description="Seconds that were seen: fewer while the router has just started."
    )
    variants: dict[Variant, VariantMeasures] = Field(description="By variant.")
    fallbacks: dict[str, int] = Field(
        description="Answers of the window that legacy gave in AI's place, by reason."
    )
    replicas_counted: int = Field(
        description="How many replicas' figures are up to date in what is added up here; those of "
        "others come a second or two late."
    )


class RefusalView(BaseModel):
    """Why a change would be refused."""

    code: str = Field(description="One of the [refusals](release.md#refusals).")
    detail: str = Field(description="What is wrong, and what is possible instead.")


class PlanView(BaseModel):
    """What `set` would do now. Nothing has been done."""

    service: str = Field(description="The service's name.")
    percent_now: float = Field(description="The share that it has.")
    percent: float = Field(description="The share that was asked about.")
    status: Status = Field(description="The status now.")
    status_then: Status = Field(description="The status that would follow; else that of now.")
    stage: int | None = Field(
        description="Index of the stage with this share, null where the plan has none."
    )
    requests_per_hour: int | None = Field(
        description="All requests, at the last minute's rate; null while nothing is known of it."
    )
    ai_requests_per_hour_now: int | None = Field(description="Those in the share that it has.")
    ai_requests_per_hour: int | None = Field(
        description="Those in the share that was asked about; rules and forcing are left out."
    )
    needs_reason: bool = Field(description="Whether it is refused without a reason.")
    approvals: int = Field(
        description="Identities who must want it before it is carried out, its caller among them."
    )
    refusal: RefusalView | None = Field(description="Why it would be refused now; null: it is not.")


@dataclass(frozen=True, slots=True)
class Measures:
    """Answers from what is known; `clock` is the wall clock, for windows without a raise."""

    figures: Callable[[str, float], Figures]
    release: Callable[[str], Release]
    plan: Callable[[str], ReleasePlan]
    clock: Callable[[], float]
    obstacles: Callable[[str], Sequence[Obstacle]] = lambda _: ()
    replicas_counted: Callable[[], int] = lambda: 1

    async def show_metrics(self, request: web.Request) -> web.Response:
        """Show requests, errors and latencies of the last `?window=60s` (1s to 5m)."""
        service = self.release(request.match_info["service"]).service
        seconds = _window(one(request, "window") or "60s")
        figures = self.figures(service, seconds)
        return answer(
            MeasuresView(
                service=service,
                window_s=seconds,
                covered_s=round(figures.seconds, 1),
                variants={
                    variant: _measures(figures.variants[variant]) for variant in figures.variants
                },
                fallbacks=dict(figures.fallbacks),
                replicas_counted=self.replicas_counted(),
            )
        )

    async def show_plan(self, request: web.Request) -> web.Response:
        """Say what `?percent=` would come to now, and what would refuse it; nothing is done."""
        release = self.release(request.match_info["service"])
        share = _share(one(request, "percent") or "")
        return answer(self._plan_view(release, share))

    def _plan_view(self, release: Release, share: BasisPoints) -> PlanView:
        plan = self.plan(release.service)
        judged = self._judged(release, share, plan)
        hourly = self._hourly(release.service)
        return PlanView(
            service=release.service,
            percent_now=release.share / 100,
            percent=share / 100,
            status=release.status,
            status_then=_status_then(release, judged),
            stage=plan.stages.index(share) if share in plan.stages else None,
            requests_per_hour=_part(hourly, BasisPoints(10_000)),
            ai_requests_per_hour_now=_part(hourly, release.share),
            ai_requests_per_hour=_part(hourly, share),
            needs_reason=plan.require_reason,
            approvals=plan.approvals if share > release.share else 1,
            refusal=RefusalView(code=judged.code, detail=str(judged))
            if isinstance(judged, Refusal)
            else None,
        )

    def _judged(
        self, release: Release, share: BasisPoints, plan: ReleasePlan
    ) -> Decision | Refusal:
        asked = commands.Set(
            by="plan", at=self.clock(), reason="plan", epoch=release.epoch, share=share
        )
        return decide(release, asked, plan, self.obstacles(release.service))

    def _hourly(self, service: str) -> float | None:
        rates = [v.per_second for v in self.figures(service, LAST_MINUTE).variants.values()]
        known = [rate for rate in rates if rate is not None]
        return sum(known) * 3600 if known else None


def _measures(figures: VariantFigures) -> VariantMeasures:
    return VariantMeasures(
        requests=figures.requests,
        requests_per_second=figures.per_second,
        error_ratio=figures.errors,
        p50_ms=figures.p50,
        p95_ms=figures.p95,
        p99_ms=figures.p99,
    )


def _status_then(release: Release, judged: Decision | Refusal) -> Status:
    if isinstance(judged, Refusal):
        return release.status
    after = judged.after
    return after.status if after.pending is None else Status.ROLLING


def _part(hourly: float | None, share: BasisPoints) -> int | None:
    return None if hourly is None else round(hourly * share / 10_000)


def _window(written: str) -> float:
    match = _WINDOW.fullmatch(written)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not 1 <= seconds <= LONGEST:
        raise RefusedError(MALFORMED_QUERY, "window is a duration from 1s to 5m, as in window=60s")
    return seconds


def _share(written: str) -> BasisPoints:
    try:
        if _PERCENT.fullmatch(written):
            return percent_to_basis_points(float(written))
    except ValueError:
        pass
    raise RefusedError(MALFORMED_QUERY, "percent is a number from 0 to 100, at most two decimals")
