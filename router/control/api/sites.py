"""What the admin API is put together from, and where it is served."""

import contextlib
import logging
import secrets
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from router.control.api.access import Access
from router.control.api.app import admin_app
from router.control.api.audit_log import AuditLog
from router.control.api.changes import Changes
from router.control.api.divergences import Divergences
from router.control.api.drills import DrillCalls
from router.control.api.forgetting import Forget
from router.control.api.guard import Guard
from router.control.api.measures import Measures
from router.control.api.page import Page
from router.control.api.probes import Probes
from router.control.api.release_views import Views
from router.control.api.releases import Releases
from router.control.api.reload import Reload, Reloads
from router.control.api.replicas import Replicas
from router.control.api.rollbacks import Rollbacks
from router.control.api.sessions import Sessions
from router.control.appraisal import Appraisal
from router.control.conductor import Conductor
from router.control.drills import Drills
from router.control.endpoints import EndpointState
from router.control.failures import Failures
from router.control.fleet.fellowship import Fellowship
from router.control.forgetting import Forgetting
from router.control.recent import Figures, Gists
from router.control.reload_report import Standing
from router.control.workers import WorkerState
from router.release.plan import ReleasePlan
from router.release.refusals import Obstacle
from router.store.port import Store
from router.store.records import Records

PATIENCE: Final = 2.0
"""Seconds that a request may still take once everything else has ended."""


_log: Final = logging.getLogger("aiohttp.server")


@dataclass(frozen=True, slots=True)
class Told:
    """What the config says of operators and releases at present."""

    access: Access
    plans: Mapping[str, ReleasePlan]
    sticky: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the API answers from, and whom it passes commands to.

    lease: in seconds. told: the config, which a reload changes. gists: what our own workers have
    counted, as of a moment ago. caller_secret: what callers are named by in records.
    """

    fellowship: Fellowship
    lease: float
    conductor: Conductor
    drills: Drills
    store: Store
    probes: Probes
    reloads: Reloads
    told: Callable[[], Told]
    standing: Callable[[], Standing]
    figures: Callable[[str, float], Figures]
    gists: Callable[[], Awaitable[Gists]]
    endpoints: Callable[[], Iterable[EndpointState]]
    workers: Callable[[], Sequence[WorkerState]]
    obstacles: Callable[[str], Sequence[Obstacle]]
    appraisal: Appraisal
    stopwatch: Callable[[], float]
    records: Records
    caller_secret: Callable[[], bytes]


def admin_site(sources: Sources) -> web.Application:
    """Return what is served at `admin.listen`."""
    guard = guard_for(lambda: sources.told().access, sources.stopwatch)
    return admin_app(guard, sources.conductor, _parts(sources), Page().routes())


def _parts(sources: Sources) -> tuple[object, ...]:
    conductor, told = sources.conductor, sources.told

    def plan(service: str) -> ReleasePlan | None:
        return told().plans.get(service)

    views = Views(
        conductor,
        sources.fellowship,
        plan,
        lambda service: service in told().sticky,
        sources.endpoints,
        sources.workers,
        lambda service: sources.appraisal.of(service).readiness,
    )
    return (
        sources.probes,
        Releases(conductor, views, sources.gists),
        Changes(conductor, views),
        Rollbacks(conductor),
        DrillCalls(conductor, sources.drills, views),
        AuditLog(sources.store),
        Measures(
            sources.figures,
            conductor.release,
            lambda service: told().plans[service],
            conductor.now,
            sources.obstacles,
            lambda: sources.fellowship.replicas_counted,
        ),
        Divergences(sources.appraisal.comparisons, conductor.release),
        Replicas(sources.lease, conductor, sources.fellowship, sources.workers, sources.standing),
        Reload(sources.reloads),
        Forget(Forgetting(sources.records, conductor, sources.caller_secret), conductor.release),
    )


def guard_for(access: Callable[[], Access], stopwatch: Callable[[], float]) -> Guard:
    """Return a guard who knows nobody yet that has signed in, or failed to."""
    return Guard(access, Sessions(stopwatch, secrets.token_urlsafe), Failures(stopwatch))


@dataclass(frozen=True, slots=True)
class Site:
    """An application and where it is served."""

    app: web.Application
    listener: socket.socket
    tls: ssl.SSLContext | None = None


@contextlib.asynccontextmanager
async def serving(sites: Iterable[Site]) -> AsyncGenerator[None]:
    """Serve all of them until the end."""
    _log.addFilter(_is_ours)
    async with contextlib.AsyncExitStack() as stack:
        for site in sites:
            runner = web.AppRunner(site.app, access_log=None, shutdown_timeout=PATIENCE)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, site.listener, ssl_context=site.tls).start()
        yield


def _is_ours(record: logging.LogRecord) -> bool:
    """Say whether a failure is more than a request that is no HTTP.

    Such a one is the client's mistake, and the framework quotes what it could not read of it: a
    token, as likely as not.
    """
    failure = record.exc_info[1] if record.exc_info else None
    return not isinstance(failure, HttpProcessingError | web.RequestPayloadError)
