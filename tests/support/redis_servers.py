"""Real Redis servers on free ports, and what can be done to them."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from router.redis_address import read_redis_url
from router.store.redis import RedisStore
from router.store.redis_records import RedisRecords
from router.store.redis_scripts import Keys
from router.store.redis_server import Limits, RedisServer
from router.store.redis_stream import RedisStream

PROGRAM = "redis-server"
PATIENCE = 10.0
"""Seconds for a server to answer."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Process = subprocess.Popen[bytes]


def spawned(arguments: Sequence[str], log: Path) -> Process:
    """Start a program that belongs to a test."""
    with log.open("ab") as output:
        return subprocess.Popen(arguments, stdout=output, stderr=output)


@dataclass
class Redis:
    """A server that belongs to a test. `options` are lines of a redis.conf."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    program: str = PROGRAM
    is_sentinel: bool = False
    process: Process | None = None
    spawn: Callable[[Sequence[str], Path], Process] = spawned

    @property
    def home(self) -> Path:
        return self.folder / str(self.port)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        found = shutil.which(self.program)
        assert found, "redis-server is not installed: scripts/install-servers.sh does it"
        self.home.mkdir(parents=True, exist_ok=True)
        config = self.home / "redis.conf"
        if not config.exists():  # a sentinel writes what it knows into its own
            config.write_text("\n".join((*self._lines(), *self.options)) + "\n")
        arguments = [found, str(config), *(["--sentinel"] if self.is_sentinel else [])]
        self.process = self.spawn(arguments, self.home / "log")
        self._await_answer()

    def _lines(self) -> tuple[str, ...]:
        lines = ("bind 127.0.0.1", f"port {self.port}", f"dir {self.home}", "daemonize no")
        return lines if self.is_sentinel else (*lines, 'save ""', "appendonly yes")

    def _await_answer(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            with contextlib.suppress(OSError), socket.create_connection(self._place(), 1.0) as wire:
                wire.sendall(b"PING\r\n")
                if (reply := wire.recv(64)) and not reply.startswith(b"-LOADING"):
                    return
            assert time.monotonic() < until, self.log()
            time.sleep(0.01)

    def _place(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def log(self) -> str:
        return (self.home / "log").read_text()[-2000:]

    def tell(self, *words: str | bytes) -> bytes:
        """Send one command, as somebody beside the router would; return the reply as it came."""
        parts = [word if isinstance(word, bytes) else word.encode() for word in words]
        told = b"".join((b"*%d\r\n" % len(parts), *(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)))
        with socket.create_connection(self._place(), 5.0) as wire:
            wire.sendall(told)
            return wire.recv(65536)

    def await_listener(self, channel: str) -> None:
        until = time.monotonic() + PATIENCE
        while self.tell("PUBSUB", "NUMSUB", channel).split()[-1] == b":0":
            assert time.monotonic() < until, f"nobody listens to {channel}"
            time.sleep(0.01)

    def await_replica(self) -> None:
        """Return once a replica has all that was written."""
        until = time.monotonic() + PATIENCE
        while self.tell("WAIT", "1", "100") == b":0\r\n":
            assert time.monotonic() < until, "there is no replica"

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


QUICK = Limits(sentinel=0.2, connect=0.3, reply=0.3, whole=1.0)
"""Nobody who tests a silent server need wait long."""


def store_in(
    server: Redis, prefix: str, *, look_again: float = 0.05, limits: Limits | None = None
) -> RedisStore:
    return store_at(server.url, prefix, look_again=look_again, limits=limits)


def records_in(server: Redis, prefix: str) -> RedisRecords:
    connections = RedisServer(read_redis_url(server.url), Path(), Limits())
    return RedisRecords(connections, Keys(prefix))


def stream_in(server: Redis, prefix: str, *, limits: Limits | None = None) -> RedisStream:
    connections = RedisServer(read_redis_url(server.url), Path(), limits or Limits())
    return RedisStream(connections, Keys(prefix))


def store_at(
    url: str,
    prefix: str = "gray",
    *,
    folder: Path | None = None,
    look_again: float = 0.05,
    limits: Limits | None = None,
) -> RedisStore:
    connections = RedisServer(read_redis_url(url), folder or Path(), limits or Limits())
    return RedisStore(connections, Keys(prefix), look_again=look_again)


@contextlib.contextmanager
def running(folder: Path, *options: str, is_sentinel: bool = False) -> Iterator[Redis]:
    """A server for the time of a block."""
    server = Redis(folder, free_port(), options, is_sentinel=is_sentinel)
    server.start()
    try:
        yield server
    finally:
        server.stop()
