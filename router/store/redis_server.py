"""A Redis server, or the one that its sentinels name: the only place that knows the driver.

Every exchange ends within `Limits.whole`, and every read within `Limits.reply`: a server that was
stopped, or a network that swallows everything, costs that and no more. Nothing is sent twice: what
was lost on the way may have been done.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self, TypeAlias, TypeVar, cast

from redis import exceptions
from redis.asyncio import Redis, Sentinel
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from router.errors import NotDurableError
from router.redis_address import Login, RedisAddress, Tls
from router.store.redis_errors import translated

Word: TypeAlias = "str | bytes | int | float"
Command: TypeAlias = "tuple[Word, ...]"

T = TypeVar("T")

NAME: Final = "gray-router"
"""How our connections are called in CLIENT LIST."""


_READ: Final = """
local replies, at = {}, 1
while at <= #ARGV do
    local words = tonumber(ARGV[at])
    table.insert(replies, redis.call(unpack(ARGV, at + 1, at + words)))
    at = at + words + 1
end
return replies
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. connect: for a connection; reply: for one reply; whole: for all of one exchange.

    sentinel: for one of the sentinels, which are asked one after the other.
    """

    sentinel: float = 0.5
    connect: float = 1.0
    reply: float = 1.0
    whole: float = 3.0


class _Pipeline(Protocol):
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *error: object) -> None: ...
    def execute_command(self, *words: Word) -> object: ...
    async def execute(self, _raises: bool, /) -> list[Any]: ...


class _Ear(Protocol):
    async def subscribe(self, channel: str) -> None: ...
    async def get_message(
        self, _ignores_subscriptions: bool, _within: float, /
    ) -> dict[str, Any] | None: ...
    async def aclose(self) -> None: ...


class _Pool(Protocol):
    async def disconnect(self, _in_use: bool, /) -> None: ...


class _Client(Protocol):
    """The little that we need of the driver, with types."""

    response_callbacks: dict[str, Any]
    connection_pool: _Pool

    async def execute_command(self, *words: Word) -> Any: ...
    def pipeline(self, transaction: bool) -> _Pipeline: ...
    def pubsub(self) -> _Ear: ...
    async def aclose(self) -> None: ...


@contextlib.contextmanager
def cancellable() -> Generator[None]:
    """Have a cancellation not be lost in what is awaited meanwhile.

    The driver writes by `asyncio.wait_for`, which before Python 3.12 takes a cancellation for done
    that comes together with the result (gh-86296).
    """
    task = asyncio.current_task()
    asked = task.cancelling() if task else 0
    yield
    if task is not None and task.cancelling() > asked:
        raise asyncio.CancelledError


class RedisServer:
    """Connections are made when they are needed, and kept."""

    def __init__(self, address: RedisAddress, folder: Path, limits: Limits) -> None:
        self._address = address
        self._folder = folder
        self._limits = limits
        self._client: _Client | None = None
        self._sentinel: Sentinel | None = None
        self._at_work = 0
        self._is_idle = asyncio.Event()

    def __str__(self) -> str:
        return str(self._address)

    @property
    def is_behind_sentinels(self) -> bool:
        return self._address.master is not None

    async def read(self, *commands: Command) -> list[Any]:
        """Return the replies to commands, all of one moment.

        Several go into a script: a server without memory takes none between MULTI and EXEC, not
        even to read.
        """
        if len(commands) == 1:
            return [await self._exchange(lambda client: client.execute_command(*commands[0]))]
        words = [word for command in commands for word in (len(command), *command)]
        read = ("EVAL", _READ, 0, *words)
        replies: list[Any] = await self._exchange(lambda client: client.execute_command(*read))
        return replies

    async def write(self, guard: str, *commands: Command) -> list[Any]:
        """Do what the commands say, in one step.

        A plain write stands before them: Redis 6.2 asks for `min-replicas-to-write` before those,
        and not before scripts. So a server that may not write refuses all of it.
        """
        replies = await self._exchange(lambda client: _transact(client, guard, commands))
        return replies[1:]

    async def replicated(self, guard: str, within: float) -> bool:
        """Say whether a replica confirms within so many seconds all that was written by now.

        `WAIT` is about its own connection's writes, so one goes before it; what was written
        earlier comes before that in the one order that replicas follow.
        """
        commands = (("SET", guard, 1), ("WAIT", 1, max(1, int(within * 1000))))
        replies = await self._exchange(lambda client: _piped(client, commands))
        return int(replies[1]) > 0

    @contextlib.asynccontextmanager
    async def listening(self, channel: str) -> AsyncGenerator["Ear"]:
        """Subscribe to a channel; raise StoreError where that is not possible."""
        ear = self._connected().pubsub()
        try:
            with translated(str(self)):
                async with asyncio.timeout(self._limits.whole):
                    with cancellable():
                        await ear.subscribe(channel)
                        await ear.get_message(False, self._limits.reply)  # that it is so by now
            yield Ear(ear, str(self))
        finally:
            with contextlib.suppress(exceptions.RedisError, OSError):
                await ear.aclose()

    async def close(self) -> None:
        """Finish what was asked, then let go; the next exchange makes new connections."""
        client, self._client = self._client, None
        sentinel, self._sentinel = self._sentinel, None
        while self._at_work:
            self._is_idle.clear()
            await self._is_idle.wait()
        for each in (client, sentinel):
            if each is not None:
                with contextlib.suppress(exceptions.RedisError, OSError, TimeoutError):
                    async with asyncio.timeout(self._limits.reply):
                        await each.aclose()

    # Own...

    async def _exchange(self, work: Callable[[_Client], Awaitable[T]]) -> T:
        self._at_work += 1
        try:
            with translated(str(self)):
                async with asyncio.timeout(self._limits.whole):
                    with cancellable():
                        return await work(self._connected())
        except NotDurableError:
            await self._ask_who_is_master()
            raise
        finally:
            self._at_work -= 1
            self._is_idle.set()

    async def _ask_who_is_master(self) -> None:
        """Let go of one that takes no writes: it may be deposed, and is asked as long as it talks.

        Sentinels say who is the master to each new connection.
        """
        if self.is_behind_sentinels and self._client is not None:
            await self._client.connection_pool.disconnect(False)

    def _connected(self) -> _Client:
        if self._client is None:
            self._client = client = self._made()
            client.response_callbacks.clear()  # replies come as they were sent
        return self._client

    def _made(self) -> _Client:
        address = self._address
        options: dict[str, Any] = {
            **self._common(address.tls),
            **_login(address.login),
            "db": address.database,
        }
        if address.master is None:
            host, port = address.hosts[0]
            return cast("_Client", Redis(host=host, port=port, **options))
        about_sentinels = {
            **self._common(address.tls),
            **_login(address.sentinel_login),
            "socket_connect_timeout": self._limits.sentinel,
            "socket_timeout": self._limits.sentinel,
        }
        sentinel = cast("Any", Sentinel)(address.hosts, sentinel_kwargs=about_sentinels, **options)
        self._sentinel = sentinel
        return cast("_Client", sentinel.master_for(address.master))

    def _common(self, tls: Tls | None) -> dict[str, Any]:
        options: dict[str, Any] = {
            "socket_timeout": self._limits.reply,
            "socket_connect_timeout": self._limits.connect,
            "retry": Retry(NoBackoff(), 0),
            "client_name": NAME,
            "driver_info": None,  # CLIENT SETINFO is of 7.2
            "protocol": 2,
        }
        if tls is not None:
            files = {"ssl_ca_certs": tls.ca, "ssl_certfile": tls.cert, "ssl_keyfile": tls.key}
            options["ssl"] = True
            options["ssl_min_version"] = ssl.TLSVersion.TLSv1_2
            options |= {
                name: str(self._folder / file) for name, file in files.items() if file is not None
            }
        return options


class Ear:
    """A subscription."""

    def __init__(self, ear: _Ear, place: str) -> None:
        self._ear = ear
        self._place = place

    async def hear(self, within: float) -> bytes | None:
        """Return what was said next; None where that is nothing ``within`` so many seconds."""
        with translated(self._place), cancellable():
            message = await self._ear.get_message(True, within)
        return None if message is None else bytes(message["data"])


async def _transact(client: _Client, guard: str, commands: Sequence[Command]) -> list[Any]:
    return await _piped(client, (("SET", guard, 1), *commands), transaction=True)


async def _piped(
    client: _Client, commands: Sequence[Command], *, transaction: bool = False
) -> list[Any]:
    async with client.pipeline(transaction=transaction) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        replies = await pipeline.execute(False)
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


def _login(login: Login) -> dict[str, str]:
    words = {"username": login.username, "password": login.password}
    return {name: word for name, word in words.items() if word is not None}
