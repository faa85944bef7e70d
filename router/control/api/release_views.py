"""Releases as the API shows them, and what else is known of their services."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from pydantic import BaseModel, Field

from router.control.api.endpoint_view import EndpointView, endpoint_views
from router.control.conductor import Conductor
from router.control.effect import Answers, Counted
from router.control.endpoints import EndpointState
from router.control.workers import WorkerState, unconfirmed
from router.evidence.readiness import Readiness
from router.lines_out import rfc3339
from router.model import BasisPoints, Variant
from router.release.plan import ReleasePlan
from router.release.state import Drilled, HeldFor, Pending, Release, Status
from router.replica.membership import Presence
from router.store.port import Stand, stand_of

UNBOUNDED: Final = "`on_partition: hold`: a router that no rollback reaches asks AI for ever"
"""Why a rollback has no bound."""


class PendingView(BaseModel):
    """A raise that waits for others to approve it."""

    command: str = Field(description="What was asked for.")
    percent: float = Field(description="The share that would follow.")
    by: str = Field(description="Who asked for it.")
    reason: str = Field(description="Why.")
    expires_at: str = Field(description="Until when it can be approved (RFC 3339, UTC).")
    approved_by: tuple[str, ...] = Field(description="Who has approved it already.")


class DrilledView(BaseModel):
    """A drill that passed."""

    at: str = Field(description="When it ended (RFC 3339, UTC).")
    applied_ms: float = Field(description="Milliseconds until the last worker had left AI.")


class ReplicaStand(BaseModel):
    """How far a replica's workers have followed."""

    replica: str = Field(description="Its name.")
    instance: str = Field(description="Of this start of it.")
    epoch: int | None = Field(
        description="The epoch that it serves by; null where it does not know the service."
    )
    revision: int | None = Field(description="The revision that it serves by.")
    workers: int = Field(description="Its workers that serve.")
    acked: int = Field(
        description="Those of them that serve by this release; of another replica's all or none, "
        "as it said itself last."
    )


class ReleaseView(BaseModel):
    """A release as the API shows it."""

    service: str = Field(description="The service's name.")
    percent: float = Field(description="Percent of callers that are assigned to AI.")
    effective_percent: float | None = Field(
        description="Percent of answers that AI gave since the share was last set, on all "
        "replicas; null while there are none."
    )
    replicas_counted: int = Field(
        description="How many replicas' figures are up to date in what is added up here."
    )
    stage: int | None = Field(
        description="Index among the `stages`; null where the share is none of their doing."
    )
    status: Status = Field(description="Where the [release](release.md) stands.")
    held_for: HeldFor | None = Field(
        description="Why it remembers how it was before: `lost_state` (paused, until somebody "
        "confirms it), `drill` (rolled back, until it is restored or another command comes); "
        "else null."
    )
    epoch: int = Field(description="Grows with each rollback.")
    revision: int = Field(description="Grows with each change.")
    phase: int = Field(description="Grows whenever the share changes.")
    updated_at: str = Field(description="When it last changed (RFC 3339, UTC).")
    by: str = Field(
        description="Who changed it, copies aside: the name of a token, `local` where the config "
        "has none; `reload` and `router` for the router itself."
    )
    reason: str = Field(description="Why.")
    approved_by: tuple[str, ...] = Field(description="Who else had to agree, and did.")
    pending: PendingView | None = Field(
        description="The raise that waits for approval; null where none does, or no longer."
    )
    last_drill: DrilledView | None = Field(
        description="The last [drill](../howto/drill.md) that passed; null where none ever has."
    )
    gates: tuple[str, ...] = Field(
        description="What is measured before a raise; in this version nothing."
    )
    rollback_ready: bool | None = Field(
        description="Whether legacy would take everybody back, by what it answered in the last "
        "five minutes to copies of what AI serves: true where at least 20 were sent, and at most "
        "2 percent failed or took longer than 5 s; null where nothing is known, as without "
        "`shadow.send: to_legacy` or `both`."
    )
    rollback_ready_because: str = Field(description="Why; `unproven` where nothing is known.")
    on_partition: Literal["legacy", "hold"] = Field(
        description="What a router does that hears nothing of its store for longer than `lease`: "
        "`legacy` leaves AI; `hold` goes on with AI once the release is complete."
    )
    unbounded_because: str | None = Field(
        description="Why no time bounds a rollback: with `hold`, once complete, whoever is not "
        "reached goes on. Null: within `lease` and `stream_drain` AI is left in any case."
    )
    sticky: bool = Field(
        description="Whether callers stay where they are, by `split.key` or `split.cookie`; "
        "otherwise every request is divided by chance."
    )
    stages: tuple[float, ...] = Field(description="The percentages of the release's plan.")
    fallbacks: dict[str, int] = Field(
        description="Answers since then that legacy gave in AI's place, by reason."
    )
    shadow_percent: float | None = Field(
        default=None,
        description="Percent of the requests that `shadow` is about that are copied; null where "
        "the config has no `shadow`.",
    )
    shadow_from: Literal["config", "command"] | None = Field(
        default=None,
        description="Who says so: the config, or a command that stands above it; null where "
        "nothing is copied by either.",
    )
    replicas: tuple[ReplicaStand, ...] = Field(
        description="Every replica, the one that answers first, with how many of its workers serve "
        "by this release."
    )
    unconfirmed: tuple[str, ...] = Field(
        description="Workers that serve, and other replicas, that have not said yet that they do "
        "so by this revision."
    )


class ServiceView(ReleaseView):
    """A release, and the endpoints that serve it."""

    endpoints: dict[Variant, tuple[EndpointView, ...]] = Field(
        description="By variant, in the order of the config."
    )


class ReleasesView(BaseModel):
    """All releases, in the order of the config."""

    services: tuple[ReleaseView, ...] = Field(
        description="The release of every service that the caller may see."
    )
    draining: bool = Field(description="Whether the router is stopping; it takes no change then.")


class CountedElsewhere(Protocol):
    """What the other replicas have counted (`fleet.counting.Counting`)."""

    @property
    def replicas_counted(self) -> int: ...
    def answers(self, release: Release) -> Answers: ...


@dataclass(frozen=True, slots=True)
class Views:
    """Knows what is to be known of a release. plan: None for a service that has just gone."""

    conductor: Conductor
    counted: CountedElsewhere
    plan: Callable[[str], ReleasePlan | None]
    is_sticky: Callable[[str], bool]
    endpoints: Callable[[], Iterable[EndpointState]]
    workers: Callable[[], Sequence[WorkerState]]
    readiness: Callable[[str], Readiness]

    def of(self, release: Release, totals: Counted) -> ReleaseView:
        """Show a release."""
        plan, workers = self.plan(release.service), self.workers()
        company = self.conductor.company
        missing = unconfirmed(release, workers)
        behind = company.behind(release.service, stand_of(release))
        serving = sum(bool(worker.stands) for worker in workers)
        us = (company.fleet.name, company.me)
        ours = _stand(us, stand_of(release), serving, serving - len(missing))
        answers, ready = self._answers(release, totals), self.readiness(release.service)
        copied = plan.copied(release) if plan else None
        return ReleaseView(
            service=release.service,
            percent=release.share / 100,
            effective_percent=None if answers is None else answers.percent,
            replicas_counted=self.counted.replicas_counted,
            stage=release.stage if plan and plan.has(release.stage, release.share) else None,
            status=release.status,
            held_for=release.held.why if release.held else None,
            epoch=release.epoch,
            revision=release.revision,
            phase=release.phase,
            updated_at=rfc3339(release.updated_at),
            by=release.by,
            reason=release.reason,
            approved_by=release.approved_by,
            pending=_pending(release.pending, self.conductor.now()),
            last_drill=_drilled(release.drilled),
            gates=(),
            rollback_ready=ready.ready,
            rollback_ready_because=ready.because,
            on_partition="hold" if plan and plan.holds_on else "legacy",
            unbounded_because=UNBOUNDED if plan and plan.holds(release) else None,
            sticky=self.is_sticky(release.service),
            stages=tuple(stage / 100 for stage in plan.stages) if plan else (),
            fallbacks={} if answers is None else dict(answers.fallbacks),
            shadow_percent=None if copied is None else copied / 100,
            shadow_from=_shadow_from(release, copied),
            replicas=(ours, *(_stand_of(each, release) for each in company.others())),
            unconfirmed=(*company.named(missing), *behind),
        )

    def behind(self, view: ReleaseView) -> tuple[str, ...]:
        """Name the workers, and other replicas, that serve by something older."""
        wanted, company = (view.epoch, view.revision), self.conductor.company
        workers = [
            worker.name
            for worker in self.workers()
            if worker.stands and worker.stands.get(view.service, (0, 0)) < wanted
        ]
        return (*company.named(workers), *company.behind(view.service, wanted))

    def _answers(self, release: Release, totals: Counted) -> Answers | None:
        """Return what was answered since the share took effect; None while it does not here."""
        ours = self.conductor.answers(release.service, totals)
        return None if ours is None else ours.plus(self.counted.answers(release))

    def of_service(self, release: Release) -> ServiceView:
        """Show a release with its endpoints."""
        return ServiceView(
            **self.of(release, self.conductor.totals()).model_dump(),
            endpoints=endpoint_views(release.service, self.endpoints()),
        )


def _stand_of(member: Presence, release: Release) -> ReplicaStand:
    """Say how far another replica is; one that has no such service serves it by nothing."""
    stand = member.stands.get(release.service)
    workers = 0 if stand is None else member.workers
    is_behind = stand is not None and stand < stand_of(release)
    them = (member.replica, member.instance)
    return _stand(them, stand, workers, 0 if is_behind else workers)


def _stand(who: tuple[str, str], stand: Stand | None, workers: int, acked: int) -> ReplicaStand:
    replica, instance = who
    epoch, revision = stand or (None, None)
    return ReplicaStand(
        replica=replica,
        instance=instance,
        epoch=epoch,
        revision=revision,
        workers=workers,
        acked=acked,
    )


def _shadow_from(
    release: Release, copied: BasisPoints | None
) -> Literal["config", "command"] | None:
    if copied is None:
        return None
    return "config" if release.shadow is None else "command"


def _drilled(drilled: Drilled | None) -> DrilledView | None:
    if drilled is None:
        return None
    return DrilledView(at=rfc3339(drilled.when), applied_ms=drilled.applied_ms)


def _pending(pending: Pending | None, now: float) -> PendingView | None:
    if pending is None or pending.has_expired(now):
        return None
    return PendingView(
        command=pending.command,
        percent=pending.share / 100,
        by=pending.by,
        reason=pending.reason,
        expires_at=rfc3339(pending.expires_at),
        approved_by=pending.approved_by,
    )
