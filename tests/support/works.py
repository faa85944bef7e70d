"""A worker between clients and backends of which none has a socket."""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from router.model import ALL
from router.proxy.downstream import Downstream
from router.proxy.given import Given
from router.proxy.permits import Permit
from router.proxy.worker import Worker
from router.routing.snapshot import Endpoint, Limits, Service, Snapshot, Upstream
from router.routing.spending import SHARED_BYTES
from router.tasks import TaskOwner
from router.wire.counting import CounterMemory, Counts, make_memory, read_counts
from tests.support.score import SUPPORT
from tests.support.transport import Clock, FakeTransport

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LEGACY, AI, ELSEWHERE = 9001, 9002, 9003


def to(*ports: int) -> Upstream:
    return Upstream(tuple(Endpoint("127.0.0.1", port) for port in ports), retry_backoff=0.0)


SERVICE = replace(SUPPORT, legacy=to(LEGACY), ai=to(AI), share=ALL)


class Works:
    """The worker, and what it did to the backends' ports."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, most_connections: int = 100) -> None:
        self.refused: set[int] = set()
        self.opened: list[tuple[int, FakeTransport]] = []
        self.attempts: list[int] = []
        self.clock = Clock()
        self.boot_clock = Clock(0.0)
        self.descriptor = make_memory("test")
        self.shadow_errors: list[BaseException] = []
        given = Given(
            clock=self.clock,
            wall_clock=lambda: 0.0,
            boot_clock=self.boot_clock,
            below=lambda bound: bound - 1,
            mint_request_id=lambda: b"id-1",
            mint_cookie=lambda: b"0" * 32,
            descriptors=2 * most_connections,
            memory=CounterMemory(self.descriptor),
            rates=memoryview(bytearray(SHARED_BYTES)),
            log=os.open(os.devnull, os.O_WRONLY),
            connect_comparer=self.connect_comparer,
            on_shadow_error=self.shadow_errors.append,
        )
        self.worker = Worker(TaskOwner(self.on_death), given)
        self.worker.extend(1.0)
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", self.connect)

    def connect_comparer(self) -> socket.socket:
        raise ConnectionRefusedError

    def on_death(self, name: str, error: BaseException) -> None:
        raise AssertionError(name) from error

    async def connect(
        self, make: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[FakeTransport, asyncio.Protocol]:
        self.attempts.append(port)
        if port in self.refused:
            raise ConnectionRefusedError
        transport = FakeTransport(make())
        self.opened.append((port, transport))
        return transport, transport.protocol

    def apply(self, version: int, *services: Service, **limits: Any) -> None:
        self.worker.apply(Snapshot(version, services, limits=Limits(**limits)))

    @property
    def permits(self) -> list[Permit]:
        """By which clients are at AI."""
        exchanges = [client.exchange for client in self.worker._connections]
        found = [None if exchange is None else exchange.permit for exchange in exchanges]
        return [permit for permit in found if permit is not None]

    @property
    def counts(self) -> Counts:
        """What stands in the worker's memory."""
        return read_counts(self.descriptor)

    def client(self) -> FakeTransport:
        return FakeTransport(Downstream(self.worker))

    async def ask(self, client: FakeTransport) -> None:
        client.receive(GET)
        for _ in range(8):
            await asyncio.sleep(0)

    async def serve_one(self) -> FakeTransport:
        """Answer one request over a connection that is kept; return the client."""
        client = self.client()
        await self.ask(client)
        self.opened[-1][1].receive(OK)
        await asyncio.sleep(0)  # what is sent waits for the end of the turn
        return client
