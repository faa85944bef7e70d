"""What a supervisor is told, and what it needs to be told something else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from router.control.api.access import Access
from router.control.child import WORKER
from router.control.comparing import Comparing, Keeps
from router.control.conductor import Conductor
from router.control.directory import Watched
from router.control.encryption import GuardedTls
from router.control.fleet.peers import Peering
from router.control.lookup import Resolve
from router.control.reload_report import Cause, Report, Standing
from router.control.resolver import resolve
from router.control.served import Compile
from router.control.shadow_key import ShadowKey, own_key
from router.control.systemd import Notify, notifier
from router.control.webhook_post import Hook
from router.model import Address
from router.release.plan import ReleasePlan
from router.routing.snapshot import Sends, Snapshot
from router.store.ledger import Ledger
from router.store.opening import MEMORY, open_records
from router.store.records import Limits, Records
from router.store.stream import Stream
from router.wire.comparing import CompareBy


class Reloads(Protocol):
    """Has another config run (`Reloader`)."""

    standing: Standing

    async def reload(self, cause: Cause, *, reshuffle: bool = False) -> Report: ...
    async def try_to_reload(self, cause: Cause) -> None: ...
    async def watch(self) -> None: ...


Prepare = Callable[["Plan"], Awaitable[None]]
"""Find out what another plan needs before it runs; it may take its time."""

Adopt = Callable[["Plan"], Snapshot]
"""Make another plan run, at once and without waiting; return what was published."""

MakeReloader = Callable[[Conductor, Prepare, Adopt], Reloads]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a supervisor is told. `drain_timeout` and `lease` are in seconds.

    workers: how many listening slots there are; one worker more is kept warm. boottime: a clock
    that goes on while the machine sleeps. `sticky` names the services whose callers stay where they
    are. watched: the endpoints to look up and probe. roll: dice from 0 to 1, which spread that in
    time. replica: this router's name among others. instance: of this start of it, like no other.
    ledger: opens what remembers the releases, once. hooks: who is told what happens to them.
    health: where the probes are served alone, besides `admin`. peering: how other replicas and we
    reach each other. compare: by which rules pairs are compared, None where no service is shadowed.
    shadowed: who gets copies of each service that is.
    records: opens where what was compared stays, once; record_limits: for how long it does. stream:
    opens by what it is let go of there, where comparers share one.
    takes_pairs: also those that others have made. shadow_key: by which is drawn what is copied;
    `compile` goes by it.
    """

    listen: Sequence[Address]
    admin: Address
    workers: int
    state_dir: Path
    lease: float
    ledger: Callable[[], Ledger]
    release_plans: Mapping[str, ReleasePlan]
    sticky: frozenset[str]
    compile: Compile
    drain_timeout: float
    clock: Callable[[], float]
    stopwatch: Callable[[], float]
    boottime: Callable[[], float]
    replica: str
    instance: str
    reloader: MakeReloader
    hooks: Sequence[Hook] = ()
    access: Access = field(default_factory=Access)
    admin_tls: GuardedTls | None = None
    health: Address | None = None
    peering: Peering = field(default_factory=Peering)
    compare: CompareBy | None = None
    takes_pairs: bool = False
    shadowed: Mapping[str, Sends] = field(default_factory=dict[str, Sends])
    records: Callable[[], Records] = lambda: open_records(MEMORY, Path())
    stream: Callable[[], Stream | None] = lambda: None
    record_limits: Limits = field(default_factory=Limits)
    shadow_key: ShadowKey = field(default_factory=own_key)
    watched: Sequence[Watched] = ()
    roll: Callable[[], float] = lambda: 0.5
    resolve: Resolve = resolve
    worker: Sequence[str] = WORKER
    notify: Notify = field(default_factory=lambda: notifier({}))

    def comparing(self, keeps: Keeps) -> Comparing:
        """Make what keeps a comparer running, once there are rules."""
        return Comparing(
            self.state_dir,
            keeps,
            self.instance,
            self.stopwatch,
            has_counter=self.takes_pairs,
        )
