"""`/api/v1/replicas`: each running router, its config and its workers. In this version one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, Field

from router import __version__
from router.control.api.access import Asker
from router.control.api.bodies import answer
from router.control.api.guard import asker_of
from router.control.conductor import Conductor
from router.control.reload_report import Standing
from router.control.workers import WorkerState
from router.lines_out import rfc3339


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
    """A running router as the API shows it."""

    replica: str = Field(description="Its name: that of its host.")
    version: str = Field(description="The router's version.")
    config_hash: str = Field(
        description="Tells one config from another; the same on all replicas with the same one."
    )
    config_loaded_at: str = Field(description="Since when this config runs (RFC 3339, UTC).")
    refused_since: str | None = Field(
        description="Since when the config on disk is refused; null while it is not."
    )
    problems: tuple[str, ...] = Field(description="Why it is refused, a sentence each.")
    needs_restart: tuple[str, ...] = Field(
        description="Keys whose value on disk is not the running one, and needs a restart."
    )
    lease: float = Field(
        description="Seconds that a worker may send to AI without a word from its supervisor."
    )
    draining: bool = Field(description="Whether it is stopping.")
    workers: tuple[WorkerView, ...] = Field(description="Its worker processes.")


class ReplicasView(BaseModel):
    """All routers."""

    replicas: tuple[ReplicaView, ...]


@dataclass(frozen=True, slots=True)
class Replicas:
    """Answers for this router. `lease` in seconds."""

    name: str
    lease: float
    conductor: Conductor
    workers: Callable[[], Sequence[WorkerState]]
    standing: Callable[[], Standing]

    async def show_all(self, request: web.Request) -> web.Response:
        """Show every router with its config and its workers."""
        return answer(ReplicasView(replicas=(self._view(asker_of(request)),)))

    def _view(self, asker: Asker) -> ReplicaView:
        standing = self.standing()
        since = standing.refused_since
        return ReplicaView(
            replica=self.name,
            version=__version__,
            config_hash=standing.config_hash,
            config_loaded_at=rfc3339(standing.loaded_at),
            refused_since=None if since is None else rfc3339(since),
            problems=standing.problems,
            needs_restart=standing.needs_restart,
            lease=self.lease,
            draining=self.conductor.is_draining,
            workers=tuple(_worker_view(worker, asker) for worker in self.workers()),
        )


def _worker_view(worker: WorkerState, asker: Asker) -> WorkerView:
    return WorkerView(
        name=worker.name,
        pid=worker.pid,
        state=worker.state,
        accepting=worker.accepting,
        stands={name: stand for name, stand in worker.stands.items() if asker.may_see(name)},
    )
