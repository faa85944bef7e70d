"""The way of a command: decide → compile → publish → await acknowledgements → report.

There is no lock: between reading a release and publishing what follows from it nothing awaits, so
commands that come at the same time are carried out one after the other, and no worker ever goes
back to an earlier one. What waits is only the report.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from router.control.effect import Effect
from router.control.telemetry import Totals
from router.errors import DrainingError, RevisionPassedError, UnknownServiceError
from router.model import BasisPoints
from router.release.state import Release, set_share
from router.routing.snapshot import Snapshot

ACKNOWLEDGE_LIMIT: Final = 2.0
"""Seconds after which a report names the workers that have not acknowledged."""


class Workers(Protocol):
    """The line to the workers (`Broadcast`)."""

    def publish(self, snapshot: Snapshot) -> None: ...
    async def serving(
        self, service: str, stand: tuple[int, int], within: float
    ) -> tuple[str, ...]: ...


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
        compile_snapshot: Compile,
        workers: Workers,
        totals: Callable[[], Totals],
        clock: Callable[[], float],
        stopwatch: Callable[[], float],
    ) -> None:
        self._releases = {release.service: release for release in releases}
        self._compile = compile_snapshot
        self._workers = workers
        self._totals = totals
        self._clock = clock
        self._stopwatch = stopwatch
        self._effect = Effect()
        self._version = 0
        self._is_draining = False

    def begin(self, above: int = 0) -> None:
        """Publish the first snapshot, as a later one than version ``above``."""
        totals = self._totals()  # those of a predecessor's workers may be among them
        for service in self._releases:
            self._effect.begin(service, totals)
        self._version = above
        self._publish()

    def drain(self) -> None:
        """Refuse every change from now on: the workers are on their way out."""
        self._is_draining = True

    def release(self, service: str) -> Release:
        """Return the service's release as it stands."""
        try:
            return self._releases[service]
        except KeyError:
            raise UnknownServiceError(service, tuple(self._releases)) from None

    @property
    def releases(self) -> tuple[Release, ...]:
        return tuple(self._releases.values())

    def effective_percent(self, service: str) -> float | None:
        """Return the share of answers that AI gave since the service's share took effect."""
        return self._effect.percent(service, self._totals())

    def fallbacks(self, service: str) -> dict[str, int]:
        """Return what legacy answered in AI's place since the share took effect, by reason."""
        return self._effect.fallbacks(service, self._totals())

    async def carry_out(self, command: Command) -> Receipt:
        """Make it so in every worker, and say how long it took."""
        started = self._stopwatch()
        after = self._decide(command)
        self._publish()
        stand = (after.epoch, after.revision)
        missing = await self._workers.serving(after.service, stand, ACKNOWLEDGE_LIMIT)
        applied_ms = round((self._stopwatch() - started) * 1000, 1)
        if self._releases[after.service] is after:  # else another one has followed already
            self._effect.begin(after.service, self._totals())
        return Receipt(after, missing, applied_ms)

    def _decide(self, command: Command) -> Release:
        if self._is_draining:
            raise DrainingError
        before = self.release(command.service)
        if command.based_on not in (None, before.revision):
            raise RevisionPassedError(before.service, before.revision)
        after = set_share(
            before, command.share, by=command.by, reason=command.reason, at=self._clock()
        )
        self._releases[command.service] = after
        self._effect.forget(command.service)
        return after

    def _publish(self) -> None:
        self._version += 1
        self._workers.publish(self._compile(self._releases, self._version))
