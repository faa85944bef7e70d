"""The config's part about a release: by which plan AI's share grows, and what a raise must heed."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from router.model import BasisPoints
from router.settings.kinds import Duration, DurationOrZero, Percent, Switch
from router.settings.kinds_control import Approvals, InFlight, OnPartition, ReleaseWindow, Step
from router.settings.kinds_shadow import RollbackShadow
from router.settings.section import Section


class StageSettings(Section):
    """One step of the plan; a bare number is its percent."""

    WORDS: ClassVar[str] = "percent"

    percent: Percent = Field(
        description="Share of AI in percent; less than one is written with its sign, as `0.5%`.",
        examples=[5],
    )

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        return {"percent": value} if isinstance(value, str | int | float) else value


def _default_stages() -> tuple[StageSettings, ...]:
    shares = (500, 2000, 5000, 10_000)
    return tuple(StageSettings.model_construct(percent=BasisPoints(share)) for share in shares)


class RollbackSettings(Section):
    """What a rollback does with what AI has begun, and with copies to it."""

    in_flight: InFlight = Field(
        default="finish",
        description="Requests that AI is answering: `finish` lets them end, and gives streams and "
        "tunnels `stream_drain`; `cut` ends them at once.",
        examples=["cut"],
    )
    shadow: RollbackShadow = Field(
        default="stop",
        description="Copies to AI after a rollback: `stop`, or `continue`, so that AI's next "
        "version can be compared while legacy serves everybody.",
        examples=["continue"],
    )


class RequireSettings(Section):
    """What must have been shown before AI gets more. It never holds a rollback, or less."""

    drill: Duration | None = Field(
        default=None,
        description="How long ago at most a drill must have passed before a "
        "raise, and before the rollout is complete. The first raise from 0, up to the first stage, "
        "is free: there is nothing to rehearse before. Default: a drill is required for nothing.",
        examples=["30d"],
    )


class ReleaseSettings(Section):
    """The plan by which AI's share grows, and what a raise must heed. It never holds a rollback."""

    stages: Annotated[tuple[StageSettings, ...], Field(min_length=1)] = Field(
        default_factory=_default_stages,
        description="The steps of the plan in percent, each higher than the one before.",
        examples=[["0.5%", 5, 25, 100]],
    )
    max_step: Step = Field(
        default=None,
        description="By how much the share may grow at once. Default: by any step.",
        examples=[30],
    )
    approvals: Approvals = Field(
        default=1,
        description="How many different callers must want a raise, the one who asks among them. "
        "From 2 on a raise waits for `approve`, at most 24 hours.",
        examples=[2],
    )
    require_reason: Switch = Field(
        default=False,
        description="Whether every command needs a reason. A rollback never does.",
        examples=[True],
    )
    require: RequireSettings = Field(
        default=RequireSettings(), description="What must have been shown before AI gets more."
    )
    no_raise: tuple[ReleaseWindow, ...] = Field(
        default=(),
        description="When nothing is raised: from a weekday's time to another's, or whole days, "
        "both included. The time zone behind it is UTC where none is named.",
        examples=[["fri 16:00 - mon 08:00 Europe/Paris", "2026-12-20/2027-01-03"]],
    )
    on_partition: OnPartition = Field(
        default="legacy",
        description="What a router does that hears nothing of its store for longer than `lease`: "
        "`legacy` leaves AI; `hold` goes on with AI once the release is complete, and then "
        "**rollback is unbounded**: a router that no rollback reaches asks AI for ever. For those "
        "whose legacy cannot take everybody back.",
        examples=["hold"],
    )
    stream_drain: DurationOrZero = Field(
        default=10.0,
        description="How long AI's event streams and tunnels may go on after a rollback. With "
        "`lease` and 2s at most 30s.",
        examples=["5s"],
    )
    rollback: RollbackSettings = Field(
        default=RollbackSettings(), description="What a rollback does with what AI has begun."
    )
