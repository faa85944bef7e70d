"""The drill: asked for as a change is, told as a rollback is, answered with what became of both.

Its answer takes seconds. Whoever accepts an event stream hears of each step when it happens; what
is refused, is refused before the stream begins.
"""

import asyncio
import contextlib
from dataclasses import asdict, dataclass
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.bodies import answer, read_body
from router.control.api.changes import Reasoned, based_on
from router.control.api.guard import asker_of
from router.control.api.once import fingerprint, key_of
from router.control.api.release_views import ReleaseView, Views
from router.control.api.rollbacks import (
    EVENT_STREAM,
    ReportView,
    report_view,
    wants_stream,
    write_event,
)
from router.control.conductor import Conductor
from router.control.drills import Drills, Published, Rehearsal, Step, Wish
from router.control.orders import Once, RollbackReport
from router.errors import GrayRouterError
from router.release.commands import Drill
from router.store.port import Answered


class RehearsalView(BaseModel):
    """What became of a drill."""

    report: ReportView = Field(description="Its rollback, as a rollback is answered.")
    restored: bool = Field(description="Whether everything is as it was before; then it counts.")
    because: str | None = Field(description="Why AI was left at 0; null where it was not.")
    applied_ms: float = Field(
        description="Milliseconds until the last worker had left AI, as in the report."
    )
    last_ai_byte_ms: float | None = Field(
        description="Milliseconds until the last request to AI began, as in the report."
    )
    release: ReleaseView = Field(description="The release as it stands then.")


@dataclass(frozen=True, slots=True)
class DrillCalls:
    """Passes drills on."""

    conductor: Conductor
    drills: Drills
    views: Views

    async def rehearse(self, request: web.Request) -> web.StreamResponse:
        """Roll back as a rehearsal, measure it, and let all be as before; it takes seconds."""
        wish = await self._wish(request)
        if wants_stream(request):
            return await self._streamed(request, wish)
        return self._answer(await self.drills.rehearse(wish, lambda _: None))

    async def _wish(self, request: web.Request) -> Wish:
        seen, at = self.conductor.release(request.match_info["service"]), self.conductor.now()
        caller, revision = asker_of(request).caller, based_on(request)
        key = key_of(request, caller.name)
        body = await read_body(request, Reasoned)
        once = None if key is None else self._once(key, await fingerprint(request), at)
        command = Drill(
            by=caller.name, at=at, reason=body.reason, epoch=seen.epoch, revision=revision
        )
        return Wish(seen.service, command, caller, once)

    async def _streamed(self, request: web.Request, wish: Wish) -> web.StreamResponse:
        """Tell of each step as it happens; what is refused, or was answered before, has none."""
        heard = asyncio.Queue[Step | None]()
        stream = web.StreamResponse(headers={"Content-Type": EVENT_STREAM})
        async with asyncio.TaskGroup() as group:
            rehearsing = group.create_task(self._until_done(wish, heard))
            first = step = await heard.get()
            with contextlib.suppress(ConnectionError):  # who has gone away changes nothing
                if first is not None:
                    await stream.prepare(request)
                while step is not None:
                    await write_event(stream, *_told(step))
                    step = await heard.get()
                ended = await rehearsing
                if first is not None and isinstance(ended, Rehearsal):
                    await write_event(stream, "drill", self._view(ended).model_dump(mode="json"))
        return self._answer(rehearsing.result()) if first is None else stream

    async def _until_done(
        self, wish: Wish, heard: asyncio.Queue[Step | None]
    ) -> Rehearsal | Answered | GrayRouterError:
        try:
            return await self.drills.rehearse(wish, heard.put_nowait)
        except GrayRouterError as refused:  # a group of tasks would wrap it
            return refused
        finally:
            heard.put_nowait(None)

    # Answering...

    def _answer(self, ended: Rehearsal | Answered | GrayRouterError) -> web.Response:
        match ended:
            case GrayRouterError():
                raise ended
            case Answered():
                headers = {"Content-Type": "application/json", "Idempotent-Replayed": "true"}
                return web.Response(body=ended.body, status=ended.status, headers=headers)
            case _:
                again = answer(self._view(ended))
                again.headers["ETag"] = f'"{ended.release.revision}"'
                return again

    def _view(self, rehearsal: Rehearsal) -> RehearsalView:
        report = rehearsal.report
        return RehearsalView(
            report=report_view(report),
            restored=rehearsal.because is None,
            because=rehearsal.because,
            applied_ms=report.applied_ms,
            last_ai_byte_ms=report.last_ai_byte_ms,
            release=self.views.of(rehearsal.release, self.conductor.totals()),
        )

    def _once(self, key: str, print_of_it: str, at: float) -> Once[Rehearsal]:
        """Have the answer kept together with the change that ends it."""

        def answered(rehearsal: Rehearsal) -> Answered:
            body = self._view(rehearsal).model_dump_json().encode()
            return Answered(key, print_of_it, HTTPStatus.OK, body, at)

        return Once(key, print_of_it, answered)


def _told(step: Step) -> tuple[str, object]:
    match step:
        case Published():
            return "published", asdict(step)
        case RollbackReport():
            return "report", report_view(step).model_dump(mode="json")
        case _:
            return "acknowledged", asdict(step)
