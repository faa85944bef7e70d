"""What every call to a Redis store needs: a server that was looked over, and a store not closed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from router.errors import StoreDamagedError, StoreError, StoreUnavailableError
from router.redis_address import MAX_LAG
from router.store.port import Note
from router.store.redis_advice import advice
from router.store.redis_rows import Mark, ends_where_it_should, mark_of
from router.store.redis_scripts import BROKEN, Keys
from router.store.redis_server import Command, RedisServer, Word

T = TypeVar("T")

ATTEMPTS: Final = 100
"""Each is lost to another router's write, which is a command of somebody."""

LOOK_AGAIN: Final = 0.5
"""Seconds after which a change is noticed that pub/sub has not told."""


class RedisBase:
    """Looked over by the first call; one that could not be had is tried again by each call."""

    def __init__(
        self,
        server: RedisServer,
        keys: Keys,
        *,
        max_lag: float = MAX_LAG,
        look_again: float = LOOK_AGAIN,
        must_exist: bool = False,
    ) -> None:
        self._server = server
        self._max_lag = max_lag
        self._keys = keys
        self._look_again = look_again
        self._must_exist = must_exist
        self._is_looked_over = False
        self._is_closed = False
        self._notes: list[Note] = []
        self._handed_out = Mark()

    @property
    def notes(self) -> Sequence[Note]:
        return tuple(self._notes)

    @property
    def is_displaced(self) -> bool:
        """Nothing is open that could be taken away: each step looks at what stands there."""
        return False

    # Its end...

    async def reopen(self) -> None:
        self._is_looked_over = False
        await self._server.close()

    async def close(self) -> None:
        self._is_closed = True
        await self._server.close()

    # For those who are built upon it...

    async def _mark(self) -> Mark:
        (reply,) = await self._read(("HGETALL", self._keys.mark))
        return mark_of(reply)

    async def _read(self, *commands: Command) -> list[Any]:
        await self._look_over()
        return await self._asked(self._server.read(*commands))

    async def _write(self, *commands: Command) -> list[Any]:
        await self._look_over()
        return await self._asked(self._server.write(self._keys.guard, *commands))

    async def _run(
        self, script: str, keys: Sequence[str | bytes], arguments: Sequence[Word]
    ) -> Any:
        (reply,) = await self._write(("EVAL", script, len(keys), *keys, *arguments))
        return reply

    async def _asked(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except StoreError:
            self._refuse_if_closed()  # then that is why
            raise

    async def _look_over(self) -> None:
        self._refuse_if_closed()
        if self._is_looked_over:
            return
        reply, last = await self._server.read(
            ("HGETALL", self._keys.mark),
            ("XREVRANGE", self._keys.events, "+", "-", "COUNT", 1),
        )
        mark = mark_of(reply)
        if self._must_exist and mark.birth is None:
            raise StoreUnavailableError(f"{self._server}: there is no store {self._keys.prefix!r}")
        if not ends_where_it_should(mark, last):
            raise StoreDamagedError(f"{self._server}: its audit log does not end where it should")
        self._notes[:] = await advice(self._server, self._max_lag)
        self._is_looked_over = True

    async def _until_settled(self, attempt: Callable[[], Awaitable[T | None]]) -> T:
        for _ in range(ATTEMPTS):
            outcome = await attempt()
            if outcome is not None:
                return outcome
        raise StoreUnavailableError(f"{self._server}: others change it all the time")

    def _refuse_if_broken(self, reply: bytes) -> None:
        if reply == BROKEN:
            raise StoreDamagedError(f"{self._server}: its keys do not fit together")

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise StoreUnavailableError("the store is closed")
