"""Redis servers of a scene's own, each behind a relay, and what may happen to them.

Whatever takes time is done beside the scene's loop: clients and backends go on meanwhile.
"""

import asyncio
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from loadtests.faults.network import Network
from loadtests.faults.patience import insist
from loadtests.faults.relay import HOST
from loadtests.faults.stage import Stage
from loadtests.ground import free_port
from tests.support.redis_servers import Process, Redis

MASTER: Final = "main"
"""What sentinels call it."""
MAX_LAG: Final = 2.0
"""Seconds for which a master goes on that hears from no replica."""
DOWN_AFTER: Final = 1.0
"""Seconds after which a sentinel takes a server for gone."""
SERVERS: Final = ("redis-1", "redis-2", "redis-3")
"""With two, a master whose replica has taken over from it, or is gone, would take no writes."""
SENTINELS: Final = ("sentinel-1", "sentinel-2", "sentinel-3")


Options = Callable[[int], Iterator[str]]
"""Lines of a redis.conf, for one whose relay listens on a port."""


class Server:
    """One of them. It ends with the stage."""

    def __init__(
        self, stage: Stage, name: str, port: int, *options: str, is_sentinel: bool = False
    ) -> None:
        self.name: Final = name
        self._stage: Final = stage
        self._redis: Final = Redis(
            stage.ground.directory, port, options, is_sentinel=is_sentinel, spawn=self._spawn
        )

    @property
    def port(self) -> int:
        return self._redis.port

    def pids(self) -> Iterator[int]:
        process = self._redis.process
        if process is not None:
            yield process.pid

    async def start(self) -> None:
        """Start it upon what it has kept, and return when it answers."""
        await asyncio.to_thread(self._redis.start)

    async def start_from_nothing(self) -> None:
        """Start it as one whose disk is gone."""
        for kept in ("appendonlydir", "dump.rdb", "appendonly.aof"):
            place = self._redis.home / kept
            shutil.rmtree(place, ignore_errors=True)
            place.unlink(missing_ok=True)
        await self.start()

    def kill(self) -> None:
        self._redis.stop()

    def freeze(self) -> None:
        """Let it stand still: it takes connections, as its kernel does, and says nothing."""
        self._redis.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._redis.signal(signal.SIGCONT)

    async def pause(self, seconds: float) -> None:
        """Let it keep all clients waiting."""
        await self.tell("CLIENT", "PAUSE", str(int(seconds * 1000)), "ALL")

    async def empty(self) -> None:
        await self.tell("FLUSHALL")

    async def tell(self, *words: str) -> bytes:
        """Send a command, past its relay, and return the reply as it came."""
        return await asyncio.to_thread(self._redis.tell, *words)

    async def is_followed_by(self, count: int) -> bool:
        """Tell whether so many replicas have all that it has."""
        return await self.tell("WAIT", str(count), "100") == b":%d\r\n" % count

    async def master(self) -> dict[bytes, bytes]:
        """Return what a sentinel has to say of the master."""
        words = (await self.tell("SENTINEL", "MASTER", MASTER)).split(b"\r\n")[2::2]
        return dict(zip(words[::2], words[1::2], strict=False))

    def _spawn(self, arguments: Sequence[str], log: Path) -> Process:
        started = self._stage.beside(self.name, list(arguments))
        self._stage.means.callback(self.kill)  # a master that is asked to end waits for others
        log.unlink(missing_ok=True)
        log.symlink_to(started.log)
        return started.process


class Alone:
    """One server."""

    names: Final = SERVERS[:1]
    """Of all that a replica has to reach."""

    def __init__(self, stage: Stage, network: Network) -> None:
        self.server: Final = Server(stage, SERVERS[0], free_port())
        self.url = ""
        self._network: Final = network

    async def open(self) -> None:
        """Start it behind its relay."""
        server = self.server
        relay = await self._network.serve(server.name, server.port)
        self._network.join(server.name, server.pids)
        self.url = f"redis://{HOST}:{relay.port}/0"
        await server.start()


class Watched:
    """Three servers, one of them the master, and three sentinels who see to it that there is one.

    They, too, call each other by way of relays.
    """

    names: Final = (*SERVERS, *SENTINELS)

    def __init__(self, stage: Stage, network: Network) -> None:
        self.servers: Final[dict[str, Server]] = {}
        self.sentinels: Final[dict[str, Server]] = {}
        self.url = ""
        self._stage: Final = stage
        self._network: Final = network

    async def open(self) -> None:
        """Start all, and return when each sentinel knows everybody."""
        for name in SERVERS:
            self.servers[name] = await self._placed(name, self._of_server)
        await asyncio.gather(*(server.start() for server in self.servers.values()))
        await insist(
            "servers that follow the first", partial(self.servers[SERVERS[0]].is_followed_by, 2)
        )
        for name in SENTINELS:
            self.sentinels[name] = await self._placed(name, self._of_sentinel)
        await asyncio.gather(*(sentinel.start() for sentinel in self.sentinels.values()))
        places = ",".join(f"{HOST}:{self._network.relays[name].port}" for name in SENTINELS)
        self.url = f"redis+sentinel://{places}/{MASTER}"
        for sentinel in self.sentinels.values():
            await insist("sentinels that know everybody", partial(_knows_all, sentinel))

    async def master(self) -> Server:
        """Return whom sentinels name to whoever asks for the master."""
        first = self.sentinels[SENTINELS[0]]
        reply = await first.tell("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
        return self._at(int(reply.split(b"\r\n")[4]))

    async def fail_over(self) -> None:
        """Have another server be the master, though nothing is wrong with this one."""
        first = self.sentinels[SENTINELS[0]]

        async def has_begun() -> bool:
            return await first.tell("SENTINEL", "FAILOVER", MASTER) == b"+OK\r\n"

        await insist("a fail-over", has_begun)  # after another one has come to its end

    async def replaced(self, master: Server) -> None:
        """Wait until another one is the master."""

        async def is_replaced() -> bool:
            return await self.master() is not master

        await insist(f"a master in the place of {master.name}", is_replaced)

    async def follow(self) -> None:
        """Have all follow the master, as sentinels would in some seconds, and wait for that."""
        await insist("servers that follow one master", self._is_followed)

    async def _is_followed(self) -> bool:
        told = [await sentinel.master() for sentinel in self.sentinels.values()]
        if any((each[b"port"], each[b"flags"]) != (told[0][b"port"], b"master") for each in told):
            return False  # they are about to replace one
        master = self._at(int(told[0][b"port"]))
        for server in self.servers.values():
            if server is not master and b"master" in await server.tell("ROLE"):
                await server.tell("REPLICAOF", HOST, told[0][b"port"].decode())
        return await master.is_followed_by(2)

    # Own...

    async def _placed(self, name: str, options: Options) -> Server:
        port = free_port()
        relay = await self._network.serve(name, port)
        is_sentinel = name in SENTINELS
        server = Server(self._stage, name, port, *options(relay.port), is_sentinel=is_sentinel)
        self._network.join(name, server.pids)
        return server

    def _of_server(self, port: int) -> Iterator[str]:
        yield f"replica-announce-ip {HOST}"
        yield f"replica-announce-port {port}"
        yield "repl-diskless-sync-delay 0"
        yield "repl-ping-replica-period 1"
        yield "min-replicas-to-write 1"
        yield f"min-replicas-max-lag {MAX_LAG:g}"
        if port != self._first:
            yield f"replicaof {HOST} {self._first}"

    def _of_sentinel(self, port: int) -> Iterator[str]:
        yield f"sentinel announce-ip {HOST}"
        yield f"sentinel announce-port {port}"
        yield f"sentinel monitor {MASTER} {HOST} {self._first} 2"
        yield f"sentinel down-after-milliseconds {MASTER} {DOWN_AFTER * 1000:.0f}"
        yield f"sentinel failover-timeout {MASTER} 4000"

    @property
    def _first(self) -> int:
        return self._network.relays[SERVERS[0]].port

    def _at(self, port: int) -> Server:
        (name,) = (name for name in SERVERS if self._network.relays[name].port == port)
        return self.servers[name]


async def _knows_all(sentinel: Server) -> bool:
    told = await sentinel.master()
    return told[b"num-slaves"] == told[b"num-other-sentinels"] == b"2"
