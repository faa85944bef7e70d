"""What the API says of comparisons: rates with their intervals, fields, decisions, pairs."""

from typing import Any, Final, Literal

from pydantic import (
    BaseModel,
    Field,
    RootModel,
)

from router.compare.verdict import Change, Result
from router.evidence.divergence import Because
from router.model import Variant

Json = Any

_NOTHING: Final = object()
"""In place of a value that there is none of: null is one."""


def _nothing() -> Json:
    return _NOTHING


def _is_nothing(value: Json) -> bool:
    return value is _NOTHING


class RateView(BaseModel):
    """How often something was so."""

    ratio: float | None = Field(description="The rate, 0 to 1; null where there is nothing yet.")
    low: float | None = Field(
        description="The interval's lower end. The interval holds (at 95 percent) at all times at "
        "once, however often one looks."
    )
    high: float | None = Field(description="Its upper end.")
    n: int = Field(description="Pairs that it rests on.")


class RatesView(BaseModel):
    """How often answers differ, and how much of that is noise."""

    raw: RateView | None = Field(description="Pairs whose answers differ.")
    legacy_noise: RateView | None = Field(
        description="How often legacy differs from itself when it is asked twice at the same "
        "moment (`shadow.repeat`); null where it never was."
    )
    ai_noise: RateView | None = Field(description="The same of AI.")
    beyond_noise: RateView | None = Field(
        description="How much more often they differ from each other than from themselves; null "
        "where nobody was asked twice."
    )
    claimed: bool = Field(
        description="Whether divergence beyond noise is established. Where there is none at all, "
        "anything is ever claimed with a probability of at most 1 percent."
    )
    because: Because | None = Field(
        description="Why not: `no_repeats` (nobody was asked twice), `few` (were), `within_noise`, "
        "`folded` (many fields under one name); null where it is claimed, or nothing was compared."
    )


class FieldView(RatesView):
    """One field of the answers."""

    field: str = Field(
        description="A JSON pointer, indexes of arrays folded to `*`; or `status`, `header:NAME`, "
        "`body`, `decision`, `custom`."
    )
    changes: dict[str, int] = Field(description="Pairs by how it differs.")
    is_noise: bool = Field(
        description="Whether it differs from itself as often, by what is known now: pairs that "
        "differ in nothing else are `noise`."
    )


class CoverageView(BaseModel):
    """How much was compared of what should have been: no figure means anything without it."""

    phase: str | None = Field(
        description="The release's phase that it is of: who is left out says no model's name."
    )
    eligible: int = Field(description="Requests that were drawn to be copied.")
    compared: int = Field(description="Those of them whose answers were compared.")
    ratio: float | None = Field(description="The share of them; null where there was none.")
    left_out: dict[str, int] = Field(description="The others, each by one reason.")


class CellView(BaseModel):
    """A field of the confusion matrix."""

    legacy: str = Field(description="What legacy decided; empty where it did not say.")
    ai: str = Field(description="What AI decided, in legacy's words.")
    count: int = Field(description="So many pairs.")


class DecisionView(BaseModel):
    """Who decided what, where `compare.decision` says where that stands."""

    agreement: RateView = Field(description="Pairs in which both decided alike.")
    labels: tuple[str, ...] = Field(description="All labels, the most frequent first.")
    counts: tuple[CellView, ...] = Field(description="The confusion matrix without its zeros.")


class ChangedView(BaseModel):
    """A field that differs in a pair."""

    field: str = Field(description="Which.")
    change: Change = Field(description="How.")


class SideView(BaseModel):
    """What is known of one answer whatever is recorded."""

    status: int | None = Field(description="Its status; null where none came.")
    bytes: int | None = Field(description="Its body's size.")
    ms: float | None = Field(description="From the request's sending to the answer's end.")
    lost: str | None = Field(description="Why it is not whole; null where it is.")


class SampleView(BaseModel):
    """A pair without its contents."""

    id: str = Field(description="Its id, for `GET /api/v1/divergences/{id}`.")
    service: str = Field(description="The service's name.")
    request_id: str = Field(description="The request's id.")
    at: str = Field(description="When the request came (RFC 3339, UTC).")
    phase: str = Field(description="The release's phase, AI's model and its prompt version.")
    served: Variant | None = Field(
        description="Whose answer the user got; null for a mirrored request."
    )
    result: Result = Field(description="What became of it.")
    fields: tuple[ChangedView, ...] = Field(description="In what the answers differ.")
    legacy: SideView = Field(description="Legacy's answer.")
    ai: SideView = Field(description="AI's answer.")


class DifferenceView(BaseModel):
    """One place where the answers differ, with what stands there as far as it is kept, masked."""

    field: str = Field(description="Which field.")
    change: Change = Field(description="How it differs.")
    at: str = Field(description="The exact place.")
    legacy: Json = Field(
        default_factory=_nothing,
        exclude_if=_is_nothing,
        description="Legacy's value; not there where it has none.",
    )
    ai: Json = Field(
        default_factory=_nothing,
        exclude_if=_is_nothing,
        description="AI's value; not there where it has none.",
    )


class MessageView(BaseModel):
    """What is kept of a request or an answer, masked."""

    headers: tuple[tuple[str, str], ...] = Field(
        description="Name and value; `[masked]` where the value is not shown."
    )
    kind: str = Field(description="What the body was read as, or why it was not.")
    body: Json = Field(description="The body as it was understood; null where it was not.")


class RequestView(MessageView):
    """What was asked."""

    method: str = Field(description="The method.")
    target: str = Field(description="The path and the query.")


class ContentsView(BaseModel):
    """Both answers and the request, where `compare.record` is `full`."""

    request: RequestView = Field(description="What was asked.")
    legacy: MessageView = Field(description="Legacy's answer.")
    ai: MessageView = Field(description="AI's answer.")


class PairView(SampleView):
    """One pair of answers."""

    record: str = Field(description="How much was kept: `metadata`, `diff` or `full`.")
    route: str | None = Field(
        description="The method and the path without what looks like data; null where not kept."
    )
    legacy_noise: tuple[str, ...] | None = Field(
        description="Fields in which legacy differed from itself; null where it was asked once."
    )
    ai_noise: tuple[str, ...] | None = Field(description="The same of AI.")
    decision: tuple[str, str] | None = Field(description="What legacy and AI decided.")
    differences: tuple[DifferenceView, ...] | None = Field(
        description="With the values; null where they are not kept, or not for who asks."
    )
    is_more: bool = Field(description="Whether there are further differences than are told.")
    contents: ContentsView | None = Field(
        description="Both answers and the request; null where they are not kept, or not for who "
        "asks."
    )
    withheld: str | None = Field(
        description="Why something is null; null where nothing is kept back."
    )


class SummaryView(RatesView):
    """All fields together."""


class AnswersView(BaseModel):
    """How AI's answers differ from legacy's."""

    kind: Literal["answer"] = Field(description="Always `answer`.")
    service: str = Field(description="The service's name.")
    since: str | None = Field(description="From when on (RFC 3339, UTC); null: all of the phase.")
    phase: str | None = Field(
        description="The phase that the figures are of: what was asked for, else the newest."
    )
    phases: tuple[str, ...] = Field(description="All phases there are figures of, newest first.")
    coverage: CoverageView = Field(description="How much was compared.")
    results: dict[str, int] = Field(description="Pairs by what became of them.")
    summary: SummaryView = Field(description="What differs in any field that is not noise.")
    fields: tuple[FieldView, ...] = Field(
        description="Each field that ever differed, by how far it does so beyond noise."
    )
    decision: DecisionView | None = Field(description="Who decided what; null where nobody says.")
    custom: RateView | None = Field(
        description="How often `compare.custom` says that the answers differ; null without it."
    )
    suggested: str = Field(
        description="For fields that are noise: rules to be put below `compare`, as YAML; empty "
        "where there are none."
    )
    samples: tuple[SampleView, ...] = Field(description="Examples, the newest first.")
    next: str | None = Field(description="The `page` that follows; null at the end.")


class MetricView(BaseModel):
    """A figure of both sides; latencies in milliseconds, ratios 0 to 1."""

    legacy: float = Field(description="Legacy's.")
    ai: float = Field(description="AI's.")
    difference: float = Field(description="AI's minus legacy's.")
    low: float | None = Field(description="The interval of the difference: its lower end.")
    high: float | None = Field(description="Its upper end; null where nothing bounds it yet.")
    n: int = Field(description="Pairs that it rests on.")


class MinuteView(BaseModel):
    """One minute of one phase."""

    at: str = Field(description="When it begins (RFC 3339, UTC).")
    phase: str = Field(description="The phase.")
    pairs: int = Field(description="Pairs of it.")
    metrics: dict[str, MetricView] = Field(
        description="`error_rate`, and where both have answered `latency_p50`, `latency_p95` and "
        "`latency_p99`."
    )


class MetricsView(BaseModel):
    """How errors and latencies of both sides differ, by minute."""

    kind: Literal["metric"] = Field(description="Always `metric`.")
    service: str = Field(description="The service's name.")
    since: str | None = Field(description="From when on (RFC 3339, UTC).")
    minutes: tuple[MinuteView, ...] = Field(description="The newest last.")


class DivergencesView(RootModel[AnswersView | MetricsView]):
    """Either kind of figures."""
