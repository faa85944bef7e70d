"""Load by wrk: so many connections that always want the next answer."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from loadtests.ground import Core, Ground, GroundError

SCRIPT: Final = Path(__file__).with_name("load.lua")
GRACE: Final = 20.0
"""Seconds that wrk may take beyond its time until it has ended."""
MARK: Final = "wrk: "


@dataclass(frozen=True, slots=True)
class Questions:
    """What wrk asks. body: bytes that each request carries, as a POST; 0: a GET.

    answer: bytes that each answer has at least, so that a cut one is noticed.
    """

    target: str = "/v1/answer"
    users: int = 10_000
    connections: int = 32
    threads: int = 1
    body: int = 0
    answer: int = 1024

    def arguments(self) -> list[str]:
        """Return what the script wants to know."""
        method = "POST" if self.body else "GET"
        return [method, self.target, str(self.users), str(self.body)]


class Load(msgspec.Struct, frozen=True):
    """What wrk counted. `broken`: connections, timeouts; `refused`: statuses of 400 and above."""

    requests: int
    duration_us: int
    p50_us: int
    p99_us: int
    broken: int
    refused: int
    received: int = 0  # bytes

    @property
    def per_second(self) -> float:
        return self.requests / self.duration_us * 1_000_000


@dataclass(frozen=True, slots=True)
class Wrk:
    """wrk on its core."""

    ground: Ground
    core: Core

    def load(self, url: str, questions: Questions, seconds: int) -> Load:
        """Load a server for a while."""
        argv = ["wrk", "--threads", str(questions.threads)]
        argv += ["--connections", str(questions.connections), "--duration", f"{seconds}s"]
        argv += ["--timeout", "10s", "--script", str(SCRIPT), url, "--", *questions.arguments()]
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
