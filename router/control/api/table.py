"""Every call of the admin API, and who may make it.

This table is what counts: requests are routed and refused by it, the OpenAPI document and the
reference page are made from it, and a test tries every role on every row.
"""

from http import HTTPStatus
from typing import Final

from router.compare.verdict import Change
from router.control.api.access import Role
from router.control.api.audit_log import LATEST, AuditLog, ChainView, EventsView
from router.control.api.calls import Call, Does, Parameter
from router.control.api.changes import (
    REVISION,
    Changes,
    ChangeView,
    Completion,
    PercentChange,
    Reasoned,
    Resumption,
    ShadowChange,
)
from router.control.api.divergence_models import DivergencesView, PairView
from router.control.api.divergence_query import (
    CURSOR,
    DURATION,
    KINDS,
    LONGEST_PAGE as MOST_SAMPLES,
    LONGEST_WORD,
)
from router.control.api.divergences import Divergences
from router.control.api.drills import DrillCalls, RehearsalView
from router.control.api.forgetting import Forget, ForgottenView
from router.control.api.measures import Measures, MeasuresView, PlanView
from router.control.api.once import HEADER, PATTERN
from router.control.api.openapi import Description
from router.control.api.probes import Probes, StateView
from router.control.api.problems import (
    CONFIG_REFUSED,
    DRAINING,
    KEY_REUSED,
    MALFORMED_IF_MATCH,
    MALFORMED_KEY,
    NO_SUCH_PAIR,
    NOT_DURABLE,
    NOT_READY,
    REFUSED,
    RESHUFFLE_REFUSED,
    REVISION_PASSED,
    STORE_UNAVAILABLE,
    STORE_UNREADABLE,
    TOO_MANY_FAILURES,
    UNAUTHENTICATED,
    UNKNOWN_SERVICE,
)
from router.control.api.release_views import ReleasesView, ServiceView
from router.control.api.releases import Releases
from router.control.api.reload import Reload, ReloadRequest, ReloadView
from router.control.api.replicas import Replicas, ReplicasView
from router.control.api.rollbacks import (
    EVENT_STREAM,
    ReportsView,
    ReportView,
    RollbackReason,
    Rollbacks,
)
from router.control.api.sign_in import Credentials, SessionView, SignIn
from router.store.port import LONGEST_PAGE


def _whole(least: int, most: int) -> dict[str, object]:
    return {"type": "integer", "minimum": least, "maximum": most}


IF_MATCH: Final = Parameter(
    "header",
    "If-Match",
    "The revision in quotes that the change is for, or `*` for any.",
    {"type": "string", "pattern": REVISION},
)
KEY: Final = Parameter(
    "header",
    HEADER,
    "A word of one's own: the same request with the same one is carried out once, and answered "
    "alike for a day.",
    {"type": "string", "pattern": PATTERN},
)
SERVICE: Final = Parameter(
    "query", "service", "Events of this one alone.", {"type": "string", "minLength": 1}
)
BEFORE: Final = Parameter(
    "query", "before", "Events with lower numbers: the `next` of a page.", _whole(1, LATEST)
)
LIMIT: Final = Parameter("query", "limit", "The most that is answered.", _whole(1, LONGEST_PAGE))
AFTER: Final = Parameter("query", "after", "Events with higher numbers.", _whole(0, LATEST))
WINDOW: Final = Parameter(
    "query",
    "window",
    "How far to look back: 1s to 5m, 60s where it is left out.",
    {"type": "string", "pattern": "^([1-9][0-9]?s|[12][0-9][0-9]s|300s|[1-5]m)$"},
)
CALLER_KEY: Final = Parameter(
    "query",
    "key",
    "What the caller is told by, as in `split.key`; or the id of one request.",
    {"type": "string", "minLength": 1},
    is_required=True,
)
IN_SERVICE: Final = Parameter(
    "query",
    "service",
    "Forget the caller in this service alone.",
    {"type": "string", "minLength": 1},
)
PERCENT: Final = Parameter(
    "query",
    "percent",
    "0 to 100, with at most two decimals.",
    {"type": "string", "pattern": "^(100|[0-9]{1,2}([.][0-9]{1,2})?)$"},
    is_required=True,
)

_WORD: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_WORD}
DIVERGENCES: Final = (
    Parameter(
        "query",
        "kind",
        "Answers, or errors and latencies by minute; `answer` where it is left out.",
        {"type": "string", "enum": list(KINDS)},
    ),
    Parameter("query", "field", "This field alone, and pairs that differ in it.", _WORD),
    Parameter(
        "query",
        "change",
        "Fields, and pairs, that differ so alone.",
        {"type": "string", "enum": [change.value for change in Change]},
    ),
    Parameter(
        "query",
        "phase",
        "Of this phase: `7`, `7/gpt-x`, `7/gpt-x/v3`; the newest where it is left out.",
        _WORD,
    ),
    Parameter(
        "query",
        "since",
        "For so long (`90s`, `15m`, `2h`, `7d`), or since then (`2026-11-22T09:00:00Z`). Left out: "
        "all of the phase; of metrics one hour.",
        {"type": "string", "anyOf": [{"pattern": DURATION}, {"format": "date-time"}]},
    ),
    Parameter(
        "query",
        "limit",
        "The most pairs that are shown, or minutes of metrics.",
        _whole(1, MOST_SAMPLES),
    ),
    Parameter(
        "query",
        "page",
        "Pairs from here on: the `next` of the page before.",
        {"type": "string", "pattern": CURSOR},
    ),
)

_UNCHANGED: Final = (
    MALFORMED_IF_MATCH,
    MALFORMED_KEY,
    REFUSED,
    REVISION_PASSED,
    KEY_REUSED,
    DRAINING,
)
"""What a change is refused with before anything of it is kept."""


def _move(
    method: str,
    name: str,
    does: Does,
    takes: type[Reasoned] = Reasoned,
    *,
    command: str | None = None,
) -> Call:
    """Return the row of a call that moves a release; they are alike."""
    return Call(
        method=method,
        path=f"/api/v1/services/{{service}}/{name}",
        does=does,
        role=Role.OPERATOR,
        takes=takes,
        parameters=(IF_MATCH, KEY),
        gives=ChangeView,
        statuses=(HTTPStatus.OK, HTTPStatus.ACCEPTED),
        refuses=(*_UNCHANGED, NOT_DURABLE, STORE_UNAVAILABLE),
        command=command or name,
    )


CALLS: Final = (
    Call(
        method="GET",
        path="/livez",
        does=Probes.live,
        is_open=True,
        gives=StateView,
    ),
    Call(
        method="GET",
        path="/readyz",
        does=Probes.ready,
        is_open=True,
        gives=StateView,
        refuses=(NOT_READY, DRAINING),
    ),
    Call(
        method="GET",
        path="/metrics",
        does=Probes.metrics,
        role=Role.VIEWER,
        is_whole=True,
        media=("text/plain", "application/openmetrics-text"),
    ),
    Call(
        method="GET",
        path="/api/v1/openapi.json",
        does=Description.show,
        role=Role.VIEWER,
        media=("application/json",),
    ),
    Call(
        method="POST",
        path="/api/v1/session",
        does=SignIn.begin,
        is_open=True,
        takes=Credentials,
        gives=SessionView,
        refuses=(UNAUTHENTICATED, TOO_MANY_FAILURES),
    ),
    Call(
        method="GET",
        path="/api/v1/session",
        does=SignIn.show,
        gives=SessionView,
    ),
    Call(
        method="DELETE",
        path="/api/v1/session",
        does=SignIn.end,
        statuses=(HTTPStatus.NO_CONTENT,),
    ),
    Call(
        method="GET",
        path="/api/v1/services",
        does=Releases.show_all,
        role=Role.VIEWER,
        gives=ReleasesView,
    ),
    Call(
        method="GET",
        path="/api/v1/services/{service}",
        does=Releases.show,
        role=Role.VIEWER,
        gives=ServiceView,
    ),
    Call(
        method="GET",
        path="/api/v1/services/{service}/metrics",
        does=Measures.show_metrics,
        role=Role.VIEWER,
        parameters=(WINDOW,),
        gives=MeasuresView,
    ),
    Call(
        method="GET",
        path="/api/v1/services/{service}/plan",
        does=Measures.show_plan,
        role=Role.VIEWER,
        parameters=(PERCENT,),
        gives=PlanView,
    ),
    Call(
        method="GET",
        path="/api/v1/services/{service}/divergences",
        does=Divergences.show,
        role=Role.VIEWER,
        parameters=DIVERGENCES,
        gives=DivergencesView,
        refuses=(STORE_UNREADABLE,),
    ),
    Call(
        method="GET",
        path="/api/v1/divergences/{pair}",
        does=Divergences.show_pair,
        role=Role.VIEWER,
        gives=PairView,
        refuses=(NO_SUCH_PAIR, STORE_UNREADABLE),
    ),
    _move("PUT", "percent", Changes.set_percent, PercentChange, command="set"),
    _move("PUT", "shadow", Changes.set_shadow, ShadowChange),
    _move("POST", "start", Changes.start),
    _move("POST", "promote", Changes.promote),
    _move("POST", "pause", Changes.pause),
    _move("POST", "resume", Changes.resume, Resumption),
    _move("POST", "complete", Changes.complete, Completion),
    _move("POST", "reset", Changes.reset),
    _move("POST", "approve", Changes.approve),
    Call(
        method="POST",
        path="/api/v1/services/{service}/drill",
        does=DrillCalls.rehearse,
        role=Role.OPERATOR,
        takes=Reasoned,
        parameters=(IF_MATCH, KEY),
        gives=RehearsalView,
        media=(EVENT_STREAM,),
        refuses=(*_UNCHANGED, STORE_UNAVAILABLE),
        command="drill",
    ),
    Call(
        method="POST",
        path="/api/v1/services/{service}/rollback",
        does=Rollbacks.roll_back,
        role=Role.OPERATOR,
        takes=RollbackReason,
        is_bodiless=True,
        gives=ReportView,
        media=(EVENT_STREAM,),
        command="rollback",
    ),
    Call(
        method="POST",
        path="/api/v1/rollback",
        does=Rollbacks.roll_all_back,
        role=Role.OPERATOR,
        takes=RollbackReason,
        is_bodiless=True,
        gives=ReportsView,
        media=(EVENT_STREAM,),
        command="rollback",
    ),
    Call(
        method="GET",
        path="/api/v1/events",
        does=AuditLog.show,
        role=Role.VIEWER,
        parameters=(SERVICE, BEFORE, LIMIT),
        gives=EventsView,
        refuses=(STORE_UNREADABLE,),
    ),
    Call(
        method="GET",
        path="/api/v1/events/chain",
        does=AuditLog.show_chain,
        role=Role.VIEWER,
        is_whole=True,
        parameters=(AFTER, LIMIT),
        gives=ChainView,
        refuses=(STORE_UNREADABLE,),
    ),
    Call(
        method="GET",
        path="/api/v1/replicas",
        does=Replicas.show_all,
        role=Role.VIEWER,
        gives=ReplicasView,
    ),
    Call(
        method="DELETE",
        path="/api/v1/records",
        does=Forget.forget,
        role=Role.ADMIN,
        is_whole=True,
        parameters=(CALLER_KEY, IN_SERVICE),
        gives=ForgottenView,
        refuses=(UNKNOWN_SERVICE, STORE_UNREADABLE),
        command="forget",
        without_tokens="records end by themselves with `records.max_age`",
    ),
    Call(
        method="POST",
        path="/api/v1/reload",
        does=Reload.reload,
        role=Role.ADMIN,
        is_whole=True,
        takes=ReloadRequest,
        gives=ReloadView,
        statuses=(HTTPStatus.OK, HTTPStatus.ACCEPTED),
        refuses=(CONFIG_REFUSED, RESHUFFLE_REFUSED, DRAINING),
        command="reload",
        without_tokens="SIGHUP has the router read its config, too",
    ),
)
