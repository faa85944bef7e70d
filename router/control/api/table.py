"""Every call of the admin API, and who may make it.

This table is what counts: requests are routed and refused by it, the OpenAPI document and the
reference page are made from it, and a test tries every role on every row.
"""

from http import HTTPStatus
from typing import Final

from router.control.api.access import Role
from router.control.api.calls import Call, Parameter
from router.control.api.measures import Measures, MeasuresView, PlanView
from router.control.api.openapi import Description
from router.control.api.probes import Probes, StateView
from router.control.api.problems import (
    CONFIG_REFUSED,
    DRAINING,
    MALFORMED_IF_MATCH,
    NOT_READY,
    REFUSED,
    RESHUFFLE_REFUSED,
    REVISION_PASSED,
)
from router.control.api.releases import (
    ChangeView,
    PercentChange,
    Releases,
    ReleasesView,
    ServiceView,
)
from router.control.api.reload import Reload, ReloadRequest, ReloadView
from router.control.api.replicas import Replicas, ReplicasView
from router.control.api.sign_in import Credentials, SessionView, SignIn

IF_MATCH: Final = Parameter(
    "header",
    "If-Match",
    "The revision in quotes that the change is for, or `*` for any.",
    {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}")$'},
)
WINDOW: Final = Parameter(
    "query",
    "window",
    "How far to look back: 1s to 5m, 60s where it is left out.",
    {"type": "string", "pattern": "^([1-9][0-9]?s|[12][0-9][0-9]s|300s|[1-5]m)$"},
)
PERCENT: Final = Parameter(
    "query",
    "percent",
    "0 to 100, with at most two decimals.",
    {"type": "string", "pattern": "^(100|[0-9]{1,2}([.][0-9]{1,2})?)$"},
    is_required=True,
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
        method="PUT",
        path="/api/v1/services/{service}/percent",
        does=Releases.set_percent,
        role=Role.OPERATOR,
        takes=PercentChange,
        parameters=(IF_MATCH,),
        gives=ChangeView,
        statuses=(HTTPStatus.OK, HTTPStatus.ACCEPTED),
        refuses=(MALFORMED_IF_MATCH, REFUSED, REVISION_PASSED, DRAINING),
    ),
    Call(
        method="GET",
        path="/api/v1/replicas",
        does=Replicas.show_all,
        role=Role.VIEWER,
        gives=ReplicasView,
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
    ),
)
