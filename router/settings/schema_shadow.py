"""The config's part about copies: which requests also go to who does not serve them.

What two of its keys may not say together stands in `shadow_conflicts`.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from router.model import ALL, BasisPoints
from router.settings.kinds import Duration, EndpointUrl, Percent, PerSecond
from router.settings.kinds_shadow import (
    CaptureBytes,
    CopiedMethod,
    CopyCount,
    Money,
    PlainHeader,
    SentValue,
    ShadowSend,
    SideEffects,
)
from router.settings.schema_match import WhereSettings
from router.settings.section import Section

SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
"""Those that ask for nothing to be changed."""


class SandboxSettings(Section):
    """Where copies go instead of to the variants themselves."""

    legacy: Annotated[tuple[EndpointUrl, ...], Field(min_length=1)] = Field(
        default=(),
        description="Addresses for legacy's copies. Default: those of `legacy`.",
        examples=[["http://sandbox:9001"]],
    )
    ai: Annotated[tuple[EndpointUrl, ...], Field(min_length=1)] = Field(
        default=(),
        description="Addresses for AI's copies. Default: those of `ai`.",
        examples=[["http://sandbox:9002"]],
    )


class CopyHeaderSettings(Section):
    """How a copy's headers differ from the request's."""

    keep: tuple[PlainHeader, ...] = Field(
        default=(),
        description="Headers that copies keep though they prove who somebody is. Without it "
        "`authorization`, `cookie` and `idempotency-key` are dropped.",
        examples=[["authorization"]],
    )
    set_: Mapping[PlainHeader, SentValue] = Field(
        default={},
        alias="set",
        description="Headers that copies bear, in place of what the request had. `x-gray-shadow: "
        "1` is always among them.",
        examples=[{"x-env": "shadow"}],
    )


class CopyBudgetSettings(Section):
    """What copies may cost; beyond it they are left out, and counted as `budget`."""

    requests_per_second: PerSecond | None = Field(
        default=None,
        description="Copies a second, for each replica. Default: no limit.",
        examples=[200],
    )
    cost_per_hour: Money = Field(
        default=None,
        description="US dollars an hour, for each replica, by what AI's answers to copies say in "
        "`x-gray-cost-usd`. A purse of its own: what users' requests cost is not in it. Default: "
        "no limit.",
        examples=[5],
    )


class ShadowSettings(Section):
    """Requests that are also sent to who does not serve them. No user ever waits for a copy."""

    send: ShadowSend = Field(
        description="Who gets copies: `to_ai` of what legacy serves, `to_legacy` of what AI "
        "serves (so that it is known whether a rollback would do), or `both`.",
        examples=["both"],
    )
    sample: Percent = Field(
        default=BasisPoints(ALL),
        description="Percent of the requests that are copied, drawn by their id: all replicas draw "
        "the same, and no client can choose.",
        examples=[10],
    )
    methods: Annotated[tuple[CopiedMethod, ...], Field(min_length=1)] = Field(
        default=SAFE_METHODS,
        description="Methods that are copied. More than GET, HEAD and OPTIONS needs "
        "`side_effects: none` or sandbox `endpoints`.",
        examples=[["GET", "HEAD", "POST"]],
    )
    side_effects: SideEffects = Field(
        default=None,
        description="`none` is the operator's word that copies do no harm: who gets one does not "
        "act on it, or acts on it once.",
        examples=["none"],
    )
    endpoints: SandboxSettings = Field(
        default=SandboxSettings(),
        description="Where copies go instead of to the variants themselves: a sandbox. It is "
        "spoken to as the variant is, by TLS as its certificates name it.",
    )
    headers: CopyHeaderSettings = Field(
        default=CopyHeaderSettings(), description="How a copy's headers differ from the request's."
    )
    match: WhereSettings = Field(
        default=WhereSettings(),
        description="Which of the service's requests are copied. Default: all.",
    )
    max_body: CaptureBytes = Field(
        default=256 * 1024,
        description="Bytes of a request, and of each answer, that are captured. A larger request "
        "is not copied (`too_large`); of larger answers status, headers and hash are compared.",
        examples=["1MiB"],
    )
    max_concurrency: CopyCount = Field(
        default=64,
        description="Copies on their way at once, to each variant, for each worker; one more is "
        "left out (`queue_full`).",
        examples=[16],
    )
    timeout: Duration = Field(
        default=30.0,
        description="Time from sending a copy to the end of its answer; beyond it it is given up "
        "(`shadow_timeout`).",
        examples=["10s"],
    )
    repeat: Percent = Field(
        default=BasisPoints(0),
        description="Percent of the copied requests that go to both variants twice, at the same "
        "moment: so that it is known how often each differs from itself.",
        examples=[5],
    )
    budget: CopyBudgetSettings = Field(
        default=CopyBudgetSettings(), description="What copies may cost. Default: no limit."
    )
