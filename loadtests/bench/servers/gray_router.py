"""Gray Router as it is served: a supervisor and its worker, every default feature on."""

from loadtests import gray_router
from loadtests.bench.servers.server import AI_PERCENT, Backends, Running
from loadtests.ground import Ground
from router import __version__


class GrayRouter:
    """The router out of this checkout."""

    name = "Gray Router"

    def missing(self) -> str | None:
        return None

    def version(self, ground: Ground) -> str:
        return __version__

    def start(self, ground: Ground, backends: Backends, core: int) -> Running:
        started = gray_router.start(ground, backends.legacy, backends.ai, core=core)
        started.set_percent(AI_PERCENT, "the bench's share")
        return Running(started.port, started.pid)
