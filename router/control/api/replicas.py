"""`/api/v1/replicas`: each running router, its config, its workers and what it serves by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from pydantic import BaseModel, Field

from router.control.api.access import Asker
from router.control.api.bodies import answer
from router.control.api.guard import asker_of
from router.control.conductor import Conductor
from router.control.fleet.watching import Member
from router.control.reload_report import Standing
from router.control.workers import WorkerState
from router.lines_out import rfc3339
from router.replica.membership import Presence


class WorkerView(BaseModel):
    """A worker process as the API shows it."""

    name: str = Field(description="Its seat; whoever follows it sits on the same one.")
    pid: int | None = Field(description="Its process; null while there is none.")
    state: str = Field(description="As in the metric `gray_router_workers`.")
    accepting: tuple[int, ...] = Field(
        description="The listening slots that it accepts clients on; none for the warm spare."
    )
    stands: dict[str, tuple[int, int]] = Field(
        description="By service, of those that the caller may see: the epoch and the revision that "
        "it serves by."
    )


class ReplicaView(BaseModel):
    """A running router as the API shows it: the one that was asked in full, others as they say."""

    replica: str = Field(description="Its name: `replica.name`, else its host's.")
    instance: str = Field(description="Of this start of it, like no other.")
    is_asked: bool = Field(
        description="Whether it is the one that answers. Of another one only what it says of "
        "itself is known: what follows `stands` is null or empty."
    )
    version: str = Field(description="The router's version.")
    started_at: str = Field(description="Since when it runs (RFC 3339, UTC).")
    advertise: str | None = Field(description="Where others reach it; null for nowhere.")
    heard_s: float | None = Field(
        description="Seconds since it was heard last, 0 for the one that answers; null where it "
        "was not heard yet."
    )
    silent: bool = Field(
        description="Whether it has said nothing for a lease, and not that it leaves: then it "
        "asks no AI, except for services that hold on, and is counted as a member only until its "
        "streams have ended."
    )
    config_hash: str = Field(
        description="Tells one config from another; the same on all replicas with the same one."
    )
    running: int = Field(description="Its worker processes that run.")
    stands: dict[str, tuple[int, int]] = Field(
        description="By service, of those that the caller may see: the epoch and the revision that "
        "it serves by."
    )
    config_loaded_at: str | None = Field(description="Since when this config runs (RFC 3339, UTC).")
    refused_since: str | None = Field(
        description="Since when the config on disk is refused; null while it is not."
    )
    problems: tuple[str, ...] = Field(description="Why it is refused, a sentence each.")
    needs_restart: tuple[str, ...] = Field(
        description="Keys whose value on disk is not the running one, and needs a restart."
    )
    lease: float | None = Field(
        description="Seconds that a worker may send to AI without another word of the store, or, "
        "where that is not shared, of its supervisor."
    )
    draining: bool | None = Field(description="Whether it is stopping.")
    workers: tuple[WorkerView, ...] = Field(description="Its worker processes.")


class ReplicasView(BaseModel):
    """All routers that serve by the same store."""

    replicas: tuple[ReplicaView, ...] = Field(
        description="The one that was asked first, then the others by their names."
    )
    leader: str | None = Field(
        description="The instance that does what only one may do, as posting alerts; null where "
        "nobody is known to."
    )
    warnings: tuple[str, ...] = Field(
        description="What is not as it should be with the replicas or the store, a sentence each."
    )


class Seen(Protocol):
    """The fleet as this router sees it (`fleet.fellowship.Fellowship`)."""

    @property
    def leader(self) -> str | None: ...
    def presence(self) -> Presence: ...
    def others(self) -> Sequence[Member]: ...
    def warnings(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Replicas:
    """Answers for this router, and for what the others say. `lease` in seconds."""

    lease: float
    conductor: Conductor
    seen: Seen
    workers: Callable[[], Sequence[WorkerState]]
    standing: Callable[[], Standing]

    async def show_all(self, request: web.Request) -> web.Response:
        """Show every router with its config, its workers and what it serves by."""
        asker = asker_of(request)
        others = (_other(each, asker) for each in self.seen.others())
        return answer(
            ReplicasView(
                replicas=(self._ours(asker), *others),
                leader=self.seen.leader,
                warnings=tuple(self.seen.warnings()),
            )
        )

    def _ours(self, asker: Asker) -> ReplicaView:
        standing = self.standing()
        since = standing.refused_since
        return ReplicaView(
            **_said(self.seen.presence(), asker),
            is_asked=True,
            heard_s=0.0,
            silent=False,
            config_loaded_at=rfc3339(standing.loaded_at),
            refused_since=None if since is None else rfc3339(since),
            problems=standing.problems,
            needs_restart=standing.needs_restart,
            lease=self.lease,
            draining=self.conductor.is_draining,
            workers=tuple(_worker_view(worker, asker) for worker in self.workers()),
        )


def _other(member: Member, asker: Asker) -> ReplicaView:
    ago = member.heard_ago
    return ReplicaView(
        **_said(member.presence, asker),
        is_asked=False,
        heard_s=None if ago is None else round(ago, 1),
        silent=member.is_silent,
        config_loaded_at=None,
        refused_since=None,
        problems=(),
        needs_restart=(),
        lease=None,
        draining=None,
        workers=(),
    )


def _said(presence: Presence, asker: Asker) -> dict[str, Any]:
    """Return what a router says of itself."""
    stands = presence.stands.items()
    return {
        "replica": presence.replica,
        "instance": presence.instance,
        "version": presence.version,
        "started_at": rfc3339(presence.started_at),
        "advertise": presence.advertise or None,
        "config_hash": presence.config_hash,
        "running": presence.workers,
        "stands": {name: stand for name, stand in stands if asker.may_see(name)},
    }


def _worker_view(worker: WorkerState, asker: Asker) -> WorkerView:
    return WorkerView(
        name=worker.name,
        pid=worker.pid,
        state=worker.state,
        accepting=worker.accepting,
        stands={name: stand for name, stand in worker.stands.items() if asker.may_see(name)},
    )
