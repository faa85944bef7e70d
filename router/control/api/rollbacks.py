"""The rollback: nothing about a call can keep one back that its caller may make.

Its body is for the audit log. Whatever is wrong with it, or however slowly it comes, costs the
reason and not the rollback: it is read within `BODY_WITHIN`, or left out.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Final, cast

import orjson
from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.bodies import Body, answer, bytes_of
from router.control.api.changes import LONGEST_REASON
from router.control.api.guard import asker_of
from router.control.api.problems import RefusedError
from router.control.caller import Caller
from router.control.calling import Acknowledgement
from router.control.conductor import Conductor
from router.control.orders import RollbackReport
from router.store.ledger import Durability

BODY_WITHIN: Final = 0.1
"""Seconds that a rollback waits for its reason."""

EVENT_STREAM: Final = "text/event-stream"


class RollbackReason(Body):
    """The body of a rollback; it may be left out."""

    reason: Annotated[
        str, Field(description=f"Why; beyond {LONGEST_REASON} characters it is cut.")
    ] = ""


class ReplicaReportView(BaseModel):
    """How far a rollback has come with one replica."""

    replica: str = Field(description="Its name.")
    workers: int = Field(description="Its workers.")
    acked: int = Field(
        description="Those that serve by the rollback; 0 while the replica is silent."
    )
    applied_ms: float | None = Field(
        description="Milliseconds from the call to its last acknowledgement, and of another "
        "replica's until its word of that was heard; null before any."
    )


class ReportView(BaseModel):
    """What became of a rollback."""

    service: str = Field(description="The service's name.")
    epoch: int = Field(description="The epoch that it began.")
    revision: int = Field(description="The revision of the release that follows.")
    percent: float = Field(description="0.")
    complete: bool = Field(description="Whether no worker of any replica can ask AI any more.")
    durable: Durability = Field(
        description="Where it is kept: in the `store`, in the `journal` until the store takes it, "
        "or `none`: it holds until the router restarts."
    )
    applied_ms: float = Field(
        description="Milliseconds from the call to the last acknowledgement, or until a worker "
        "that gave none was killed."
    )
    last_ai_byte_ms: float | None = Field(
        description="Milliseconds from the call until the last request to AI began, at any replica "
        "that has spoken; null where none ever has."
    )
    replicas: tuple[ReplicaReportView, ...] = Field(
        description="Every [member](../topics/replicas.md#members), the one that was called first; "
        "two that go by one name are two."
    )
    in_flight_ai: int = Field(description="Requests that AI was still answering then.")
    bound_s: float | None = Field(
        description="Seconds from the call after which whoever is silent is safe by itself, what "
        "lasts included; 0 where nobody is, null where nothing bounds it (`on_partition: hold`)."
    )
    provided: str | None = Field(
        description="What `bound_s` depends on, in a sentence; null for nothing."
    )
    missing: tuple[str, ...] = Field(
        description="Replicas that are silent, and workers of the one that was called, which are "
        "`REPLICA/WORKER` where there is another replica."
    )
    problems: tuple[str, ...] = Field(
        description="What went wrong with keeping it, a sentence each."
    )


class ReportsView(BaseModel):
    """What became of a rollback of all services."""

    reports: tuple[ReportView, ...] = Field(
        description="One for each service that the caller may command."
    )


@dataclass(frozen=True, slots=True)
class Rollbacks:
    """Passes rollbacks to the conductor."""

    conductor: Conductor

    async def roll_back(self, request: web.Request) -> web.StreamResponse:
        """Send everybody to legacy, at once and everywhere; answer with what became of it."""
        service = self.conductor.release(request.match_info["service"]).service
        if wants_stream(request):
            return await self._streamed(request, (service,))
        (report,) = await self._rolled_back(request, (service,))
        return answer(report)

    async def roll_all_back(self, request: web.Request) -> web.StreamResponse:
        """Send everybody to legacy, for every service that the caller may command."""
        services = asker_of(request).seen([each.service for each in self.conductor.releases])
        if wants_stream(request):
            return await self._streamed(request, services)
        return answer(ReportsView(reports=await self._rolled_back(request, services)))

    async def _rolled_back(
        self, request: web.Request, services: Sequence[str]
    ) -> tuple[ReportView, ...]:
        caller, reason = asker_of(request).caller, await _reason(request)
        reports = await self.conductor.roll_back(services, caller, reason)
        return tuple(map(report_view, reports))

    async def _streamed(self, request: web.Request, services: Sequence[str]) -> web.StreamResponse:
        """Tell of each acknowledgement as it comes."""
        caller, reason = asker_of(request).caller, await _reason(request)
        heard = asyncio.Queue[Acknowledgement | None]()
        async with asyncio.TaskGroup() as group:
            rolling = group.create_task(self._until_done(services, caller, reason, heard))
            await asyncio.sleep(0)  # it is published before anything else is done
            stream = web.StreamResponse(headers={"Content-Type": EVENT_STREAM})
            with contextlib.suppress(ConnectionError):  # who has gone away changes nothing
                await stream.prepare(request)
                for release in map(self.conductor.release, services):
                    stand = {"epoch": release.epoch, "revision": release.revision}
                    await write_event(stream, "published", {"service": release.service, **stand})
                while (told := await heard.get()) is not None:
                    await write_event(stream, "acknowledged", asdict(told))
                for report in await rolling:
                    await write_event(stream, "report", report_view(report).model_dump(mode="json"))
        return stream

    async def _until_done(
        self,
        services: Sequence[str],
        caller: Caller,
        reason: str,
        heard: asyncio.Queue[Acknowledgement | None],
    ) -> tuple[RollbackReport, ...]:
        try:
            return await self.conductor.roll_back(services, caller, reason, heard.put_nowait)
        finally:
            heard.put_nowait(None)


async def write_event(stream: web.StreamResponse, event: str, what: object) -> None:
    """Send one server-sent event."""
    await stream.write(b"event: %b\ndata: %b\n\n" % (event.encode(), orjson.dumps(what)))


def wants_stream(request: web.Request) -> bool:
    """Say whether the caller wants to hear of it as it happens."""
    return any(EVENT_STREAM in accepted for accepted in request.headers.getall("Accept", []))


async def _reason(request: web.Request) -> str:
    """Return the reason if there is one that can be understood."""
    try:
        async with asyncio.timeout(BODY_WITHIN):
            said: object = orjson.loads(await bytes_of(request))
    except (TimeoutError, ValueError, RefusedError, web.HTTPException):
        return ""
    reason = cast("dict[str, object]", said).get("reason") if isinstance(said, dict) else None
    return reason[:LONGEST_REASON] if isinstance(reason, str) else ""


def report_view(report: RollbackReport) -> ReportView:
    """Show what became of a rollback."""
    return ReportView.model_validate(asdict(report))
