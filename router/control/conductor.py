"""The way of a command: decide → compile → publish → await acknowledgements → report.

There is no lock: between reading a release and publishing what follows from it nothing awaits, so
commands that come at the same time are carried out one after the other, and no worker ever goes
back to an earlier one. What waits is only the report. The same holds for another config (`adopt`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from router.control.effect import Effect
from router.control.telemetry import Totals
from router.errors import (
    DrainingError,
    ReleaseRefusedError,
    RevisionPassedError,
    UnknownServiceError,
)
from router.model import BasisPoints
from router.release import commands
from router.release.plan import ReleasePlan
from router.release.refusals import Refusal, RevisionPassed
from router.release.state import Release
from router.release.transitions import decide
from router.routing.snapshot import Snapshot

ACKNOWLEDGE_LIMIT: Final = 2.0
"""Seconds after which a report names the workers that have not acknowledged."""


class Workers(Protocol):
    """The line to the workers (`Broadcast`)."""

    def publish(self, snapshot: Snapshot) -> None: ...
    async def acknowledged(self, version: int, within: float) -> tuple[str, ...]: ...
    async def serving(
        self, service: str, stand: tuple[int, int], within: float
    ) -> tuple[str, ...]: ...


BY_RELOAD: Final = "reload"
"""Who decided the release of a service that came with another config."""

Compile = Callable[[Mapping[str, Release], int], Snapshot]
"""Releases by service, and a version, to the snapshot that serves by them."""


@dataclass(frozen=True, slots=True)
class Command:
    """Set a service's share. `based_on` is the revision that the caller saw, None for any."""

    service: str
    share: BasisPoints
    by: str
    reason: str
    based_on: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a command; `missing` names the workers that did not acknowledge in time."""

    release: Release
    missing: tuple[str, ...]
    applied_ms: float


class Conductor:
    """Holds the releases and carries out commands upon them."""

    def __init__(
        self,
        *,
        releases: Iterable[Release],
        plans: Mapping[str, ReleasePlan],
        compile_snapshot: Compile,
        workers: Workers,
        totals: Callable[[], Totals],
        clock: Callable[[], float],
        stopwatch: Callable[[], float],
    ) -> None:
        self._releases = {release.service: release for release in releases}
        self._plans = plans
        self._compile = compile_snapshot
        self._workers = workers
        self._totals = totals
        self._clock = clock
        self._stopwatch = stopwatch
        self._effect = Effect()
        self._latest = Snapshot(0, ())
        self._former: dict[str, Release] = {}
        self._is_draining = False

    def begin(self, above: int = 0) -> None:
        """Publish the first snapshot, as a later one than version ``above``."""
        totals = self._totals()  # those of a predecessor's workers may be among them
        for service in self._releases:
            self._effect.begin(service, totals)
        self._publish(self._compile(self._releases, above + 1))

    def drain(self) -> None:
        """Refuse every change from now on: the workers are on their way out."""
        self._is_draining = True

    @property
    def is_draining(self) -> bool:
        return self._is_draining

    def release(self, service: str) -> Release:
        """Return the service's release as it stands."""
        try:
            return self._releases[service]
        except KeyError:
            raise UnknownServiceError(service, tuple(self._releases)) from None

    @property
    def latest(self) -> Snapshot:
        """What was published last."""
        return self._latest

    @property
    def releases(self) -> tuple[Release, ...]:
        return tuple(self._releases.values())

    def totals(self) -> Totals:
        """Add up what all workers counted: once for all services that are shown together.

        It takes 0.15 ms a service and worker, in which the event loop does nothing else.
        """
        return self._totals()

    def effective_percent(self, service: str, totals: Totals) -> float | None:
        """Return the share of answers that AI gave since the service's share took effect."""
        return self._effect.percent(service, totals)

    def fallbacks(self, service: str, totals: Totals) -> dict[str, int]:
        """Return what legacy answered in AI's place since the share took effect, by reason."""
        return self._effect.fallbacks(service, totals)

    async def carry_out(self, command: Command) -> Receipt:
        """Make it so in every worker, and say how long it took."""
        started = self._stopwatch()
        after = self._decide(command)
        self._publish(self._compile(self._releases, self._latest.version + 1))
        stand = (after.epoch, after.revision)
        missing = await self._workers.serving(after.service, stand, ACKNOWLEDGE_LIMIT)
        applied_ms = round((self._stopwatch() - started) * 1000, 1)
        if self._releases.get(after.service) is after:  # else another one has followed already
            self._effect.begin(after.service, self._totals())
        return Receipt(after, missing, applied_ms)

    def adopt(
        self,
        compile_snapshot: Compile,
        plans: Mapping[str, ReleasePlan],
        herald: Callable[[], None],
    ) -> Snapshot:
        """Serve by another config from now on; return what was published.

        The services of ``plans`` keep their releases, new ones begin at 0. Nothing here waits, so
        no command comes in between; should compiling fail, nothing has changed. ``herald`` is
        called right before the snapshot is published.
        """
        if self._is_draining:
            raise DrainingError
        before = self._releases
        after = {name: before.get(name) or self._first(name, plan) for name, plan in plans.items()}
        published = compile_snapshot(after, self._latest.version + 1)
        herald()
        self._publish(published)
        self._compile, self._plans, self._releases = compile_snapshot, plans, after
        self._former.update((name, gone) for name, gone in before.items() if name not in after)
        totals = self._totals()
        for name in after.keys() - before.keys():
            self._effect.begin(name, totals)
        return published

    async def acknowledged(self, version: int) -> tuple[str, ...]:
        """Wait until every worker serves by ``version``, or name who does not in time."""
        return await self._workers.acknowledged(version, ACKNOWLEDGE_LIMIT)

    def _first(self, service: str, plan: ReleasePlan) -> Release:
        """Return the release of a service that is new, or back.

        One that is back has its revisions go on, so that no old one is taken for a new one.
        """
        at, reason = self._clock(), "a service that comes with a reload begins at 0"
        former = self._former.get(service)
        if former is not None:
            return _following(former, commands.ComeBack(by=BY_RELOAD, at=at, reason=reason), plan)
        return Release(service, updated_at=at, by=BY_RELOAD, reason=reason)

    def _decide(self, command: Command) -> Release:
        if self._is_draining:
            raise DrainingError
        before = self.release(command.service)
        order = commands.Set(
            by=command.by,
            at=self._clock(),
            reason=command.reason,
            epoch=before.epoch,
            revision=command.based_on,
            share=command.share,
        )
        after = _following(before, order, self._plans[command.service])
        self._releases[command.service] = after
        self._effect.forget(command.service)
        return after

    def _publish(self, snapshot: Snapshot) -> None:
        self._latest = snapshot
        self._workers.publish(snapshot)


def _following(before: Release, command: commands.Command, plan: ReleasePlan) -> Release:
    """Return the release that the command leads to, or raise what it is refused for."""
    match decide(before, command, plan):
        case RevisionPassed(service=service, revision=revision):
            raise RevisionPassedError(service, revision)
        case Refusal() as refusal:
            raise ReleaseRefusedError(refusal.code, str(refusal))
        case decision:
            return decision.after
