"""What the bench asks of a proxy."""

from dataclasses import dataclass
from typing import Final, Protocol

from loadtests.ground import Ground

AI_PERCENT: Final = 20
"""AI's share in every scene."""

DEBIAN: Final = "as root: apt-get install nginx haproxy wrk, or scripts/install-bench-servers.sh"
"""How a server comes onto a machine that lacks it."""


@dataclass(frozen=True, slots=True)
class Running:
    """A started proxy; `pid` is the head of its family."""

    port: int
    pid: int


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

    def start(self, ground: Ground, backends: Backends, core: int) -> Running: ...
