"""Load by wrk: 32 connections that always want the next answer."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from loadtests.ground import Ground, GroundError

CONNECTIONS: Final = 32
SCRIPT: Final = Path(__file__).with_name("split.lua")
GRACE: Final = 20.0
"""Seconds that wrk may take beyond its time until it has ended."""
MARK: Final = "wrk: "


class Load(msgspec.Struct, frozen=True):
    """What wrk counted. `broken`: connections, timeouts; `refused`: statuses of 400 and above."""

    requests: int
    duration_us: int
    p50_us: int
    p99_us: int
    broken: int
    refused: int

    @property
    def per_second(self) -> float:
        return self.requests / self.duration_us * 1_000_000


@dataclass(frozen=True, slots=True)
class Wrk:
    """wrk on its core."""

    ground: Ground
    core: int

    def load(self, port: int, seconds: int) -> Load:
        """Load a port for a while."""
        argv = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS)]
        argv += ["--duration", f"{seconds}s", "--script", str(SCRIPT), f"http://127.0.0.1:{port}"]
        return read(self.ground.run("wrk", argv, limit=seconds + GRACE, core=self.core))


def read(output: str) -> Load:
    """Find the line that our script made wrk print."""
    for line in output.splitlines():
        if line.startswith(MARK):
            return msgspec.json.decode(line.removeprefix(MARK), type=Load)
    raise GroundError(f"wrk counted nothing:\n{output}")


def version() -> str:
    """Ask wrk who it is; it says so only along with a complaint."""
    with Ground() as ground:
        try:
            ground.run("wrk-version", ["wrk", "--version"], limit=GRACE)
        except GroundError as complaint:
            words = str(complaint).split("\n")[1].split()
            return words[1]
    return "unknown"


def is_missing() -> bool:
    """Tell whether wrk has to be installed first."""
    return shutil.which("wrk") is None
