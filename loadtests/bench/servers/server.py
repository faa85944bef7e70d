"""What the bench asks of a proxy."""

from dataclasses import dataclass
from typing import Final, Protocol

from loadtests.bench.certificate import Certificate
from loadtests.ground import Core, Ground

AI_PERCENT: Final = 20
"""AI's share in every scene."""

DEBIAN: Final = "as root: apt-get install nginx haproxy wrk, or scripts/install-bench-servers.sh"
"""How a server comes onto a machine that lacks it."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a proxy is started. clients: connected at once, of whom `at_once` wait for an answer.

    is_mirrored: legacy serves everybody, and AI gets a copy of each request.
    """

    core: Core
    workers: int = 1
    clients: int = 2000
    at_once: int = 64
    certificate: Certificate | None = None
    is_mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A started proxy; `pid` is the head of its family."""

    port: int
    pid: int
    has_tls: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.has_tls else 'http'}://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Backends:
    """The ports behind a proxy."""

    legacy: int
    ai: int


class Server(Protocol):
    """A proxy that can be started."""

    @property
    def name(self) -> str: ...

    def missing(self) -> str | None:
        """Say what has to be installed, and how; None where it is there."""
        ...

    def version(self, ground: Ground) -> str: ...

    def start(self, ground: Ground, backends: Backends, setup: Setup) -> Running: ...
