"""Gray Router as it is served: a supervisor and its workers, every default feature on."""

from dataclasses import dataclass, field
from typing import Any

from loadtests import gray_router
from loadtests.bench.results import OURS
from loadtests.bench.servers.server import AI_PERCENT, Backends, Running, Setup
from loadtests.ground import Ground
from router import __version__

DEFAULT_POOL = 256


@dataclass(frozen=True, slots=True)
class GrayRouter:
    """The router out of this checkout; `proxy` is added to that part of its config."""

    name: str = OURS
    proxy: dict[str, Any] = field(default_factory=dict[str, Any])

    def missing(self) -> str | None:
        return None

    def version(self, ground: Ground) -> str:
        return __version__

    def start(self, ground: Ground, backends: Backends, setup: Setup) -> Running:
        started = gray_router.start(
            ground,
            backends.legacy,
            backends.ai,
            core=setup.core,
            proxy=self._proxy(setup),
            variants=_variants(setup),
            service=_service(setup),
        )
        if not setup.is_mirrored:
            started.set_percent(AI_PERCENT, "the bench's share")
        return Running(started.port, started.pid, setup.certificate is not None)

    def _proxy(self, setup: Setup) -> dict[str, Any]:
        proxy = {"workers": setup.workers, **self.proxy}
        if setup.certificate is not None:
            proxy["tls"] = {
                "cert": str(setup.certificate.chain),
                "key": str(setup.certificate.key),
            }
        return proxy


def _service(setup: Setup) -> dict[str, Any]:
    return {"shadow": {"send": "both"}} if setup.is_mirrored else {}


def _variants(setup: Setup) -> dict[str, Any]:
    if setup.at_once <= DEFAULT_POOL:
        return {}
    return {"pool": {"max_connections": setup.at_once, "max_pending": setup.at_once}}
