"""`/api/v1/services`: what share each service has, and the call that changes it."""

import re
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Final

from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.bodies import Body, answer, read_body
from router.control.api.endpoint_view import EndpointView, endpoint_views
from router.control.api.guard import asker_of
from router.control.api.problems import MALFORMED_BODY, MALFORMED_IF_MATCH, RefusedError
from router.control.conductor import Conductor
from router.control.endpoints import EndpointState
from router.control.orders import Order, Receipt
from router.control.telemetry import Totals
from router.control.workers import WorkerState, unconfirmed
from router.lines_out import rfc3339
from router.model import BasisPoints, Variant, percent_to_basis_points
from router.release.commands import Set
from router.release.state import Release, Status

LONGEST_REASON: Final = 500
"""Characters."""

_REVISION: Final = re.compile(r'"([0-9]{1,18})"')


class PercentChange(Body):
    """The body of `PUT /api/v1/services/{service}/percent`."""

    percent: Annotated[
        float,
        Field(
            ge=0, le=100, allow_inf_nan=False, description="0 to 100, with at most two decimals."
        ),
    ]
    reason: Annotated[
        str,
        Field(max_length=LONGEST_REASON, description="Why; it is kept and shown with the release."),
    ] = ""


class ReleaseView(BaseModel):
    """A release as the API shows it."""

    service: str = Field(description="The service's name.")
    percent: float = Field(description="Percent of callers that are assigned to AI.")
    effective_percent: float | None = Field(
        description="Percent of answers that AI gave since the share was last set; null while "
        "there are none."
    )
    status: Status = Field(description="`idle` at 0 percent, else `rolling`.")
    epoch: int = Field(description="Grows with each rollback; there is none yet.")
    revision: int = Field(description="Grows with each change.")
    updated_at: str = Field(description="When it last changed (RFC 3339, UTC).")
    by: str = Field(
        description="Who changed it: the name of a token, `local` where the config has none, or "
        "`start`."
    )
    reason: str = Field(description="Why.")
    sticky: bool = Field(
        description="Whether callers stay where they are, by `split.key` or `split.cookie`; "
        "otherwise every request is divided by chance."
    )
    stages: tuple[float, ...] = Field(description="The percentages of the release's plan.")
    fallbacks: dict[str, int] = Field(
        description="Answers since then that legacy gave in AI's place, by reason."
    )
    unconfirmed: tuple[str, ...] = Field(
        description="Workers that serve, and have not said yet that they do so by this revision."
    )


class ServiceView(ReleaseView):
    """A release, and the endpoints that serve it."""

    endpoints: dict[Variant, tuple[EndpointView, ...]] = Field(
        description="By variant, in the order of the config."
    )


class ReleasesView(BaseModel):
    """All releases, in the order of the config."""

    services: tuple[ReleaseView, ...] = Field(description="Every service's release.")
    draining: bool = Field(description="Whether the router is stopping; it takes no change then.")


class ChangeView(ReleaseView):
    """The answer to a change: the release that follows, and whether the workers serve by it."""

    acknowledged: bool = Field(description="Whether every worker serves by the new share.")
    missing: tuple[str, ...] = Field(description="The workers that have not acknowledged in time.")
    applied_ms: float = Field(description="Milliseconds until the last acknowledgement.")


class Releases:
    """Answers from the conductor's releases, and passes changes to it."""

    def __init__(
        self,
        conductor: Conductor,
        stages: Callable[[str], tuple[BasisPoints, ...]],
        is_sticky: Callable[[str], bool],
        endpoints: Callable[[], Iterable[EndpointState]],
        workers: Callable[[], Sequence[WorkerState]],
    ) -> None:
        self._conductor = conductor
        self._stages = stages
        self._is_sticky = is_sticky
        self._endpoints = endpoints
        self._workers = workers

    async def show_all(self, request: web.Request) -> web.Response:
        """Show the release of every service that the caller may see."""
        totals, asker = self._conductor.totals(), asker_of(request)
        views = tuple(
            self._view(release, totals)
            for release in self._conductor.releases
            if asker.may_see(release.service)
        )
        return answer(ReleasesView(services=views, draining=self._conductor.is_draining))

    async def show(self, request: web.Request) -> web.Response:
        """Show one service's release and its endpoints."""
        release = self._conductor.release(request.match_info["service"])
        view = ServiceView(
            **self._view(release, self._conductor.totals()).model_dump(),
            endpoints=endpoint_views(release.service, self._endpoints()),
        )
        return _tagged(view, HTTPStatus.OK)

    async def set_percent(self, request: web.Request) -> web.Response:
        """Change the share; answer once every worker serves by it, or say which does not."""
        release = self._conductor.release(request.match_info["service"])
        change = await read_body(request, PercentChange)
        caller = asker_of(request).caller
        command = Set(
            by=caller.name,
            at=self._conductor.now(),
            reason=change.reason,
            epoch=release.epoch,
            revision=_based_on(request),
            share=_share(change.percent),
        )
        receipt = await self._conductor.carry_out(Order(release.service, command, caller))
        status = HTTPStatus.ACCEPTED if receipt.missing else HTTPStatus.OK
        return _tagged(self._receipt_view(receipt), status)

    def _view(self, release: Release, totals: Totals) -> ReleaseView:
        return ReleaseView(
            service=release.service,
            percent=release.share / 100,
            effective_percent=self._conductor.effective_percent(release.service, totals),
            status=release.status,
            epoch=release.epoch,
            revision=release.revision,
            updated_at=rfc3339(release.updated_at),
            by=release.by,
            reason=release.reason,
            sticky=self._is_sticky(release.service),
            stages=tuple(stage / 100 for stage in self._stages(release.service)),
            fallbacks=self._conductor.fallbacks(release.service, totals),
            unconfirmed=unconfirmed(release, self._workers()),
        )

    def _receipt_view(self, receipt: Receipt) -> ChangeView:
        return ChangeView(
            **self._view(receipt.release, self._conductor.totals()).model_dump(),
            acknowledged=not receipt.missing,
            missing=receipt.missing,
            applied_ms=receipt.applied_ms,
        )


def _share(percent: float) -> BasisPoints:
    try:
        return percent_to_basis_points(percent)
    except ValueError as error:
        raise RefusedError(MALFORMED_BODY, str(error)) from error


def _based_on(request: web.Request) -> int | None:
    """Read `If-Match: "REVISION"`; absent, or `*`, agrees to any revision."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    revision = _REVISION.fullmatch(header.strip())
    if revision is None:
        raise RefusedError(
            MALFORMED_IF_MATCH,
            'If-Match takes one revision in quotes, If-Match: "3", or * for any',
        )
    return int(revision[1])


def _tagged(view: ReleaseView, status: HTTPStatus) -> web.Response:
    """Name the revision, so that the caller can base a change on it (`If-Match`)."""
    tagged = answer(view, status)
    tagged.headers["ETag"] = f'"{view.revision}"'
    return tagged
