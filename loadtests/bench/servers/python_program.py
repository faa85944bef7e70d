"""A proxy in Python that comes with the bench."""

from dataclasses import dataclass
from importlib import metadata

from loadtests.bench.servers.server import Backends, Running, Setup
from loadtests.ground import Ground, free_port, python


@dataclass(frozen=True, slots=True)
class PythonProgram:
    """A module of `loadtests.bench.programs`, and the packages that its speed hangs on."""

    name: str
    module: str
    packages: tuple[str, ...]

    def missing(self) -> str | None:
        return None

    def version(self, ground: Ground) -> str:
        return " and ".join(f"{package} {metadata.version(package)}" for package in self.packages)

    def start(self, ground: Ground, backends: Backends, setup: Setup) -> Running:
        port = free_port()
        command = python(self.module, str(port), str(backends.legacy), str(backends.ai))
        started = ground.start(self.module, command, port=port, core=setup.core)
        return Running(port, started.pid)
