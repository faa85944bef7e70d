"""The calls that move a release. What may follow upon what, the release's own table says.

What a caller has seen is fixed as soon as his call arrives, before its body is read: a raise that
comes in slowly, while somebody rolls back, was decided before that rollback.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, TypedDict, TypeVar

from aiohttp import web
from pydantic import Field

from router.control.api.bodies import Body, read_body
from router.control.api.guard import asker_of
from router.control.api.once import fingerprint, key_of
from router.control.api.problems import MALFORMED_BODY, MALFORMED_IF_MATCH, RefusedError
from router.control.api.release_views import ReleaseView, Views
from router.control.api.releases import tagged
from router.control.conductor import Conductor
from router.control.orders import Once, Order, Receipt
from router.model import BasisPoints, percent_to_basis_points
from router.release import commands
from router.release.state import Release
from router.store.port import Answered

LONGEST_REASON: Final = 500
"""Characters."""

REVISION: Final = r'^(\*|"[0-9]{1,18}")$'
"""What `If-Match` may hold."""

_REVISION: Final = re.compile(REVISION)


class Reasoned(Body):
    """The body of a call that moves a release."""

    reason: Annotated[
        str,
        Field(max_length=LONGEST_REASON, description="Why; it is kept and shown with the release."),
    ] = ""


class PercentChange(Reasoned):
    """The body of `PUT /api/v1/services/{service}/percent`."""

    percent: Annotated[
        float,
        Field(
            ge=0,
            le=100,
            allow_inf_nan=False,
            description="0 to 100, with at most two decimals.",
            json_schema_extra={"multipleOf": 0.01},
        ),
    ]


class ShadowChange(Reasoned):
    """The body of `PUT /api/v1/services/{service}/shadow`."""

    percent: (
        Annotated[
            float,
            Field(ge=0, le=100, allow_inf_nan=False, json_schema_extra={"multipleOf": 0.01}),
        ]
        | None
    ) = Field(
        description="0 to 100, with at most two decimals: how many of the requests that "
        "`shadow.match` and `shadow.methods` let pass are copied; 0 switches copies off. Null: as "
        "many as the config says."
    )


class Resumption(Reasoned):
    """The body of `POST …/resume`."""

    confirm_lost_state: bool = Field(
        default=False,
        description="The word that what was known last is still right, after the store has lost "
        "its state.",
    )


class Completion(Reasoned):
    """The body of `POST …/complete`."""

    force: bool = Field(
        default=False, description="Whether also below 100 percent, and against gates."
    )


class ChangeView(ReleaseView):
    """The answer to a change: the release that follows, and whether the workers serve by it."""

    acknowledged: bool = Field(
        description="Whether every worker, and every other replica, serves by this release."
    )
    missing: tuple[str, ...] = Field(
        description="Who has not acknowledged in time: workers of the replica that was called, and "
        "other replicas."
    )
    applied_ms: float = Field(
        description="Milliseconds until the last acknowledgement; 0 in an answer that is repeated."
    )


class Said(TypedDict):
    """What every command says, whatever it wants."""

    by: str
    at: float
    reason: str
    epoch: int
    revision: int | None


B = TypeVar("B", bound=Reasoned)
Make = Callable[[B, Said], commands.Command]


@dataclass(frozen=True, slots=True)
class Changes:
    """Passes commands to the conductor."""

    conductor: Conductor
    views: Views

    async def set_percent(self, request: web.Request) -> web.Response:
        """Change the share; answer once every worker serves by it, or say which does not."""
        return await self._carry_out(
            request,
            PercentChange,
            lambda body, said: commands.Set(**said, share=_share(body.percent)),
        )

    async def set_shadow(self, request: web.Request) -> web.Response:
        """Change how many requests are copied; what users are served by stays as it is."""

        def said_of_copies(body: ShadowChange, said: Said) -> commands.SetShadow:
            copied = None if body.percent is None else _share(body.percent)
            return commands.SetShadow(**said, copied=copied)

        return await self._carry_out(request, ShadowChange, said_of_copies)

    async def start(self, request: web.Request) -> web.Response:
        """Begin with the first stage."""
        return await self._carry_out(request, Reasoned, lambda _, said: commands.Start(**said))

    async def promote(self, request: web.Request) -> web.Response:
        """Go on to the next higher stage; after the last one the release is complete."""
        return await self._carry_out(request, Reasoned, lambda _, said: commands.Promote(**said))

    async def pause(self, request: web.Request) -> web.Response:
        """Keep the share as it is, and let nothing raise it."""
        return await self._carry_out(request, Reasoned, lambda _, said: commands.Pause(**said))

    async def resume(self, request: web.Request) -> web.Response:
        """Go on after a pause."""
        return await self._carry_out(
            request,
            Resumption,
            lambda body, said: commands.Resume(**said, confirm_lost_state=body.confirm_lost_state),
        )

    async def complete(self, request: web.Request) -> web.Response:
        """Say that the rollout is over; the share stays."""
        return await self._carry_out(
            request, Completion, lambda body, said: commands.Complete(**said, force=body.force)
        )

    async def reset(self, request: web.Request) -> web.Response:
        """Begin anew at 0 percent, for the next version of AI."""
        return await self._carry_out(request, Reasoned, lambda _, said: commands.Reset(**said))

    async def approve(self, request: web.Request) -> web.Response:
        """Agree to the raise that is pending; whoever asked for it cannot."""
        return await self._carry_out(request, Reasoned, lambda _, said: commands.Approve(**said))

    async def _carry_out(self, request: web.Request, model: type[B], make: Make[B]) -> web.Response:
        seen, at = self.conductor.release(request.match_info["service"]), self.conductor.now()
        caller, revision = asker_of(request).caller, based_on(request)
        key = key_of(request, caller.name)
        body = await read_body(request, model)
        said = Said(by=caller.name, at=at, reason=body.reason, epoch=seen.epoch, revision=revision)
        once = None if key is None else self._once(key, await fingerprint(request), at)
        order = Order(seen.service, make(body, said), caller, once)
        return self._answer(await self.conductor.carry_out(order))

    # Answering...

    def _answer(self, receipt: Receipt) -> web.Response:
        if receipt.repeated is not None:
            return self._again(receipt.repeated)
        view = self.views.of(receipt.release, self.conductor.totals())
        status = _status(is_waiting=receipt.is_waiting, missing=receipt.missing)
        return tagged(_changed(view, receipt.missing, receipt.applied_ms), status)

    def _once(self, key: str, print_of_it: str, at: float) -> Once[Release]:
        """Have the release that follows kept as the answer, together with the change."""

        def answered(release: Release) -> Answered:
            view = self.views.of(release, self.conductor.totals())
            status = _status(is_waiting=release.pending is not None, missing=())
            return Answered(key, print_of_it, status, view.model_dump_json().encode(), at)

        return Once(key, print_of_it, answered)

    def _again(self, kept: Answered) -> web.Response:
        """Answer as before; whether the workers serve by it is said as it is now."""
        view = ReleaseView.model_validate_json(kept.body)
        missing = self.views.behind(view)
        is_waiting = kept.status == HTTPStatus.ACCEPTED
        again = tagged(
            _changed(view, missing, 0.0), _status(is_waiting=is_waiting, missing=missing)
        )
        again.headers["Idempotent-Replayed"] = "true"
        return again


def _changed(view: ReleaseView, missing: tuple[str, ...], applied_ms: float) -> ChangeView:
    return ChangeView(
        **view.model_dump(), acknowledged=not missing, missing=missing, applied_ms=applied_ms
    )


def _status(*, is_waiting: bool, missing: tuple[str, ...]) -> HTTPStatus:
    return HTTPStatus.ACCEPTED if is_waiting or missing else HTTPStatus.OK


def _share(percent: float) -> BasisPoints:
    try:
        return percent_to_basis_points(percent)
    except ValueError as error:
        raise RefusedError(MALFORMED_BODY, str(error)) from error


def based_on(request: web.Request) -> int | None:
    """Read `If-Match: "REVISION"`; absent, or `*`, agrees to any revision."""
    headers = request.headers.getall("If-Match", [])
    if not headers:
        return None
    header = headers[0].strip()
    if len(headers) > 1 or not _REVISION.fullmatch(header):
        raise RefusedError(
            MALFORMED_IF_MATCH,
            'If-Match takes one revision in quotes, If-Match: "3", or * for any',
        )
    return None if header == "*" else int(header.strip('"'))
