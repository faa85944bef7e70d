"""What is served now: each service's release, by which plan, in which snapshot.

Rule 1: nothing here waits, so what is read is still so when it is replaced.
Rule 2: a release is replaced by a later one alone, by the pair (epoch, revision); what comes late
changes nothing. Only what was unknown at the start (`restore`) may be learned at its own stand.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from router.control.caller import RELOAD
from router.control.effect import Counted, Effect
from router.control.holding import Holding
from router.errors import UnknownServiceError
from router.model import BasisPoints
from router.release.commands import ComeBack
from router.release.plan import ReleasePlan
from router.release.state import Held, HeldFor, Release, Status
from router.release.transitions import Decision, decide
from router.routing.snapshot import Snapshot
from router.store.port import Stand, stand_of

Compile = Callable[[Mapping[str, Release], int], Snapshot]
"""Releases by service, and a version, to the snapshot that serves by them."""

UNREAD: Final = "what is remembered has not been read yet"
"""Why AI is held at 0 from the very beginning."""


class Listeners(Protocol):
    """Who is told a snapshot (`Broadcast`)."""

    def publish(self, snapshot: Snapshot) -> None: ...


class Served:
    """Begins with nothing that is known: AI has no share of any service, and no rule reaches it."""

    def __init__(
        self,
        plans: Mapping[str, ReleasePlan],
        compile_snapshot: Compile,
        listeners: Listeners,
        totals: Callable[[], Counted],
        boottime: Callable[[], float],
    ) -> None:
        self._boottime = boottime
        self._plans = plans
        self._compile = compile_snapshot
        self._listeners = listeners
        self._totals = totals
        self._releases = {name: held_at_zero(Release(name), UNREAD) for name in plans}
        self._former: dict[str, Release] = {}
        self._remembered: set[str] = set()
        self._since: dict[str, float] = {}
        self._effect = Effect()
        self._holding = Holding(boottime)
        self._latest = Snapshot(0, ())
        self._has_begun = False
        self.hold: str | None = UNREAD
        """Why nothing but a rollback is possible now, None if it is."""
        self.is_read = False
        """Whether it is known what was remembered."""

    def begin(self, above: int = 0) -> None:
        """Publish the first snapshot, as a later one than version ``above``."""
        totals = self._totals()  # those of a predecessor's workers may be among them
        for service in self._releases:
            self._effect.begin(service, totals)
        self._has_begun = True
        self._publish(self._compile(self._releases, above + 1))

    # Answering...

    def release(self, service: str) -> Release:
        """Return the service's release as it stands."""
        try:
            return self._releases[service]
        except KeyError:
            raise UnknownServiceError(service, tuple(self._releases)) from None

    def find(self, service: str) -> Release | None:
        """Return it, or None where another config has taken the service out."""
        return self._releases.get(service)

    def since(self, service: str) -> float:
        """Return since when its release is served, by the clock that goes on in suspend."""
        return self._since.get(service, 0.0)

    def plan(self, service: str) -> ReleasePlan:
        return self._plans[service]

    @property
    def releases(self) -> tuple[Release, ...]:
        return tuple(self._releases.values())

    @property
    def latest(self) -> Snapshot:
        """What was published last."""
        return self._latest

    @property
    def effect(self) -> Effect:
        return self._effect

    def stream_drain(self, service: str) -> float:
        """Return the seconds that what lasts may take after a rollback, by what was published."""
        of_it = (each.stream_drain for each in self._latest.services if each.name == service)
        return next(of_it, 0.0)

    def longest_stream_drain(self) -> float:
        """Return the longest of all services."""
        return max((each.stream_drain for each in self._latest.services), default=0.0)

    def holds_on(self, service: str) -> bool:
        """Say whether a router that no rollback reaches may go on with AI: none has a bound then.

        It may where the service is complete and holds on, or was when it was rolled back, or until
        a moment ago.
        """
        known = self._holding.known(service)
        return self._plans[service].holds_on if known is None else known

    def remembered(self, service: str) -> Stand | None:
        """Return where the store has it if nobody else has written there; None: it has it not."""
        return stand_of(self._releases[service]) if service in self._remembered else None

    # Changing...

    def put(self, *releases: Release) -> bool:
        """Serve by those that are later than what is served, in one snapshot; say if any was."""
        later = [each for each in releases if self._is_later(each)]
        self._install(each for each in later if each.service in self._releases)
        self._former.update((each.service, each) for each in later if each.service in self._former)
        return bool(later)

    def remember(self, *services: str) -> None:
        """Take note that the store has a release of these."""
        self._remembered.update(services)

    def restore(self, known: Mapping[str, Release], *, is_read: bool, hold: str | None) -> None:
        """Serve by what was remembered; what was rolled back meanwhile stays so."""
        self.hold, self.is_read = hold, is_read
        self._former = {name: each for name, each in known.items() if name not in self._releases}
        self._install(
            release
            for name, release in known.items()
            if name in self._releases and stand_of(release) >= stand_of(self._releases[name])
        )

    def adopt(
        self,
        compile_snapshot: Compile,
        plans: Mapping[str, ReleasePlan],
        newcomer: Callable[[str], Release],
        herald: Callable[[], None],
    ) -> Mapping[str, Release]:
        """Serve by another config from now on; return the releases that are new.

        Should compiling fail, nothing has changed. ``herald`` is called right before the snapshot
        is published.
        """
        before = self._releases
        after = {name: before.get(name) or newcomer(name) for name in plans}
        published = compile_snapshot(after, self._latest.version + 1)
        herald()
        self._publish(published)
        self._compile, self._plans, self._releases = compile_snapshot, plans, after
        self._former = {
            name: each for name, each in (self._former | before).items() if name not in after
        }
        new = {name: release for name, release in after.items() if name not in before}
        totals = self._totals()
        for name in new:
            self._effect.begin(name, totals)
        return new

    def newcomer(self, service: str, plan: ReleasePlan, at: float) -> Release:
        """Return the release of a service that is new, or back.

        One that is back has its revisions go on, so that no old one is taken for a new one.
        """
        reason = "a service that comes with a reload begins at 0"
        if self.hold is not None:  # who knows how it stood
            return held_at_zero(Release(service), self.hold)
        former = self._former.get(service)
        if former is None:
            return Release(service, updated_at=at, by=RELOAD.name, reason=reason)
        back = decide(former, ComeBack(by=RELOAD.name, at=at, reason=reason), plan)
        if not isinstance(back, Decision):
            raise TypeError(f"{service} cannot come back: {back}")
        return back.after

    def took_effect(self, *releases: Release) -> None:
        """Count what follows from each from now on, unless another one has followed already."""
        awaited = [
            release.service
            for release in releases
            if self._effect.is_awaited(release.service)
            and self._releases.get(release.service) == release
        ]
        if awaited:
            totals = self._totals()  # once: it takes long where there are many services
            for service in awaited:
                self._effect.begin(service, totals)

    def compile_again(self) -> None:
        """Serve by the same releases, compiled anew: something beside them is another."""
        if self._has_begun:
            self._publish(self._compile(self._releases, self._latest.version + 1))

    # Own...

    def _is_later(self, release: Release) -> bool:
        current = self._releases.get(release.service) or self._former.get(release.service)
        return current is not None and stand_of(release) > stand_of(current)

    def _install(self, releases: Iterable[Release]) -> None:
        following = {release.service: release for release in releases}
        for name, release in following.items():
            if release.phase != self._releases[name].phase:
                self._effect.forget(name)
        self._releases = {**self._releases, **following}
        self._since.update(dict.fromkeys(following, self._boottime()))
        if self._has_begun and following:
            self._publish(self._compile(self._releases, self._latest.version + 1))

    def _publish(self, snapshot: Snapshot) -> None:
        self._latest = snapshot
        self._listeners.publish(snapshot)
        self._holding.see(snapshot)


def held_at_zero(release: Release, why: str) -> Release:
    """Return what stands in its place as long as it cannot be relied on: nothing reaches AI."""
    if release.is_barred:
        return release
    return Release(
        release.service,
        Status.PAUSED,
        BasisPoints(0),
        epoch=release.epoch,
        revision=release.revision,
        phase=release.phase,
        updated_at=release.updated_at,
        by="router",
        reason=why,
        held=Held(HeldFor.LOST_STATE, release.status, release.share, release.stage),
        rollbacks=release.rollbacks,
        drilled=release.drilled,
        shadow=release.shadow,
    )
