"""What a scene is given: the ground, the cores, the proxies, and how long it may take."""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from loadtests.bench.machine import Cores
from loadtests.bench.servers.python_program import PythonProgram
from loadtests.bench.servers.server import Server
from loadtests.ground import Ground

OWN_DESCRIPTORS: Final = 500
"""What a proxy may need beside its clients' connections, backends' and spares included."""
ENOUGH_DESCRIPTORS: Final = 32_768
"""More would only make some servers allocate for clients that never come."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is measured. The split takes `rounds` of `seconds`, other scenes the short ones.

    free_rounds: of scenes without a limit; listening_rounds: of those with events.
    """

    rounds: int
    seconds: int
    short_rounds: int
    short_seconds: int
    free_rounds: int
    listening_rounds: int
    mib: int
    idle: int
    idle_tls: int
    handshakes: int
    slow_seconds: int
    slow_rounds: int


FULL: Final = Pace(
    rounds=9,
    seconds=3,
    short_rounds=9,
    short_seconds=2,
    free_rounds=3,
    listening_rounds=5,
    mib=1024,
    idle=10_000,
    idle_tls=2_000,
    handshakes=500,
    slow_seconds=17,
    slow_rounds=3,
)
QUICK: Final = Pace(
    rounds=2,
    seconds=1,
    short_rounds=1,
    short_seconds=1,
    free_rounds=1,
    listening_rounds=1,
    mib=128,
    idle=1000,
    idle_tls=200,
    handshakes=50,
    slow_seconds=3,
    slow_rounds=1,
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One scene's surroundings; `tell` shows a line of progress."""

    ground: Ground
    cores: Cores
    servers: tuple[Server, ...]
    pace: Pace
    tell: Callable[[str], None]

    @property
    def streaming(self) -> tuple[Server, ...]:
        """Who can pass on bodies of any length: all but the bare protocol."""
        return tuple(server for server in self.servers if server.name != "bare protocol")

    @property
    def proxies(self) -> tuple[Server, ...]:
        """Who knows TLS, several workers, and many clients: what is not a program of the bench."""
        return tuple(each for each in self.servers if not isinstance(each, PythonProgram))


def raise_descriptors() -> None:
    """Let us and whom we start have as many descriptors as we may give ourselves."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = ENOUGH_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def clients_that_fit(wanted: int) -> int:
    """Return how many clients a proxy can have that keeps a descriptor for a backend for each."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(wanted, (soft - OWN_DESCRIPTORS) // 2)
