"""The real worker process, driven over its control socket as the supervisor drives it."""

import asyncio
import itertools
import math
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

from router.control.rate_memory import make_rate_memory
from router.model import ALL, BasisPoints
from router.routing.snapshot import (
    Endpoint,
    HeaderPolicy,
    InFlight,
    Limits,
    Match,
    Place,
    Service,
    Shadow,
    Snapshot,
    Split,
    Upstream,
)
from router.wire.codec import Decoder, encode
from router.wire.control_socket import bind_control
from router.wire.counting import Counts, read_counts
from router.wire.handover import receive_hello
from router.wire.messages import Accept, Accepting, Applied, Apply, Drain, Lease, Locate, Telemetry
from tests.support.heard_pairs import HeardPairs
from tests.support.raw import RawSocket
from tests.support.recording_backend import RecordingBackend

PATIENCE: Final = 10.0
"""Seconds that a worker may take to start or to acknowledge on a busy machine."""

NOBODY: Final = BasisPoints(0)
EVERYBODY: Final = ALL


def upstream(*ports: int, **settings: Any) -> Upstream:
    """A variant whose endpoints are ``ports`` of this machine."""
    endpoints = tuple(Endpoint("127.0.0.1", port) for port in ports)
    return replace(Upstream(endpoints), **settings)


def closed_port() -> int:
    """A port where connections are refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class Table:
    """What a snapshot needs to be told for one service; the rest are the defaults."""

    legacy: Upstream
    ai: Upstream | None = None
    share: BasisPoints = NOBODY
    limits: Limits = field(default_factory=Limits)
    trusted_proxies: tuple[str, ...] = ()
    headers: HeaderPolicy = field(default_factory=HeaderPolicy)
    match: Match = field(default_factory=Match)
    cache_private: bool = False
    keys: tuple[Place, ...] = ()
    rolled_back: bool = False
    in_flight: InFlight = InFlight.FINISH
    stream_drain: float = 10.0
    shadow: Shadow | None = None
    phase: int = 0

    def snapshot(self, version: int) -> Snapshot:
        service = Service(
            name="support",
            match=self.match,
            legacy=self.legacy,
            ai=self.ai or self.legacy,
            split=Split(salt="support", keys=self.keys, cache_private=self.cache_private),
            share=self.share,
            rolled_back=self.rolled_back,
            epoch=version if self.rolled_back else 0,
            revision=version,
            in_flight=self.in_flight,
            stream_drain=self.stream_drain,
            shadow=self.shadow,
            phase=self.phase,
        )
        return Snapshot(
            version,
            (service,),
            trusted_proxies=self.trusted_proxies,
            limits=self.limits,
            headers=self.headers,
        )


class WorkerProcess:
    """One worker between `with` and its end; it listens on `port` of 127.0.0.1.

    It is supervised from here: it connects to our control socket, and is on our roster.
    """

    def __init__(self) -> None:
        self._folder: Final = tempfile.TemporaryDirectory(prefix="gray-router-")
        self._state_dir: Final = Path(self._folder.name)
        self._listener: Final = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: Final[int] = self._listener.getsockname()[1]
        self._versions: Final = itertools.count(1)
        self._heard: Final = threading.Condition()
        self._applied = Applied(0)
        self._accepts = False
        self._telemetry: Final[list[Telemetry]] = []
        self._rates: Final = make_rate_memory()
        self.pairs: Final = HeardPairs(self._state_dir)
        with bind_control(self._state_dir) as control:
            self.process: Final = self._started()
            control.settimeout(PATIENCE)
            self._control, _ = control.accept()
        self._counters: Final = self._welcomed()
        self._control.settimeout(None)
        self._control.sendall(encode(Lease(math.inf)))
        self._reader: Final = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        self._control.close()
        self._listener.close()
        self.pairs.close()
        for memory in (self._counters, self._rates):
            os.close(memory)
        self._folder.cleanup()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def serve(self, table: Table) -> Applied:
        """Have every request that begins from now on decided by ``table``."""
        version = next(self._versions)
        self._control.sendall(encode(Apply(table.snapshot(version))))
        self._wait(lambda: self._applied.version >= version, "Applied")
        applied = self._applied
        self._accept()
        return applied

    def lease(self, until: float) -> None:
        """Let it ask AI until then."""
        self._control.sendall(encode(Lease(until)))
        self._accept()

    def locate(self, said: Locate) -> None:
        """Have it ask these addresses from now on."""
        self._control.sendall(encode(said))
        self._accept()  # one thing at a time: who answers this has heard that

    def telemetry(self) -> Telemetry:
        """What the worker says next."""
        with self._heard:
            self._telemetry.clear()
        self._wait(lambda: bool(self._telemetry), "Telemetry")
        return self._telemetry[-1]

    def counts(self) -> Counts:
        """The worker's totals at this moment."""
        return read_counts(self._counters)

    def drain(self, timeout: float) -> None:
        """Have it accept nothing more and finish what is in flight."""
        self._control.sendall(encode(Drain(timeout)))

    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def _started(self) -> subprocess.Popen[bytes]:
        passed = (self._rates, self._listener.fileno())
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "router.processes.worker"),
                *("--state-dir", str(self._state_dir), "--name", "worker-1"),
                *("--rates-fd", str(passed[0]), "--listen-fd", f"0:{passed[1]}"),
            ],
            pass_fds=passed,
        )

    def _welcomed(self) -> int:
        """Hear the worker's first word; keep its counters, and let go of what is ours anyway."""
        self._control.setblocking(False)
        _, (counters, *listeners) = asyncio.run(receive_hello(self._control))
        for descriptor in listeners:
            os.close(descriptor)
        return counters

    def _accept(self) -> None:
        self._accepts = False
        self._control.sendall(encode(Accept([0])))
        self._wait(lambda: self._accepts, "Accepting")

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        with self._heard:
            if not self._heard.wait_for(lambda: holds() or not self.is_alive, PATIENCE):
                raise AssertionError(f"the worker sent no {what} in {PATIENCE} s")
        assert self.is_alive, f"the worker died with {self.process.returncode}"

    def _read(self) -> None:
        decoder = Decoder()
        while chunk := self._receive():
            for message in decoder.feed(chunk):
                self._hear(message)
        with self._heard:
            self._heard.notify_all()

    def _receive(self) -> bytes:
        try:
            return self._control.recv(64 * 1024)
        except ConnectionError:
            return b""

    def _hear(self, message: object) -> None:
        with self._heard:
            if isinstance(message, Applied):
                self._applied = message
            elif isinstance(message, Accepting):
                self._accepts = bool(message.slots)
            elif isinstance(message, Telemetry):
                self._telemetry.append(message)
            self._heard.notify_all()


class Gateway:
    """The router as a test sees it: a table to serve by, and a port to connect to."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.worker: Final = worker
        self.port: Final = worker.port
        self._table = Table(upstream())

    def serve(
        self,
        legacy: RecordingBackend | Upstream,
        ai: RecordingBackend | Upstream | None = None,
        **table: Any,
    ) -> None:
        """Send requests to ``legacy``, or by ``share`` to ``ai``, from now on."""
        self._table = Table(
            _upstream_of(legacy), ai=None if ai is None else _upstream_of(ai), **table
        )
        self.worker.serve(self._table)

    def roll_back(self, **table: Any) -> Applied:
        """Roll back what is served by; return what the worker says to that."""
        return self.worker.serve(replace(self._table, rolled_back=True, **table))

    async def connect(self, *, receive_buffer: int | None = None) -> RawSocket:
        return await RawSocket.connect(self.port, receive_buffer=receive_buffer)

    async def ask(self, raw: bytes) -> RawSocket:
        """Connect and send ``raw``."""
        client = await self.connect()
        await client.send(raw)
        return client


def _upstream_of(variant: RecordingBackend | Upstream) -> Upstream:
    return variant if isinstance(variant, Upstream) else upstream(variant.port)
