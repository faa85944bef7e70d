"""The proxies that are compared: one file each, all asked to do the same.

Each splits 20/80 by a hash of `x-user-id`, keeps connections alive on both sides, writes no access
log, and has one worker on one core. Everything else is as each of them does it by default.
"""

from typing import Final

from loadtests.bench.servers.envoy import Envoy
from loadtests.bench.servers.gray_router import GrayRouter
from loadtests.bench.servers.haproxy import HAProxy
from loadtests.bench.servers.nginx import Nginx
from loadtests.bench.servers.python_program import PythonProgram
from loadtests.bench.servers.server import Server

AIOHTTP: Final = PythonProgram(
    "aiohttp", "loadtests.bench.programs.aiohttp_proxy", ("aiohttp", "uvloop")
)
BARE: Final = PythonProgram(
    "bare protocol", "loadtests.bench.programs.bare_protocol", ("httptools", "uvloop")
)

COMPARED: Final[tuple[Server, ...]] = (Nginx(), HAProxy(), Envoy(), AIOHTTP, GrayRouter())
"""What a run compares unless told otherwise."""

KNOWN: Final[tuple[Server, ...]] = (*COMPARED, BARE)
"""What can be asked for by name."""
