"""A pool in a yard of its own: connections come about, fail and are lost when the test says so."""

import asyncio
import random
from dataclasses import replace
from typing import Final

from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.reply_head import REPLY_READERS, ReplyHeads
from router.proxy.deadlines import Deadlines
from router.proxy.endpoint_state import EndpointState
from router.proxy.outbox import Outbox
from router.proxy.pool import Pool
from router.proxy.ports import UpstreamSide
from router.proxy.upstream import Surroundings, UpstreamConnection
from router.routing.fallback import Failure
from router.routing.snapshot import Endpoint, Upstream
from router.tasks import TaskOwner
from tests.support.transport import Clock, FakeTransport, at_once, no_loop

ONE: Final = Upstream(
    (Endpoint("127.0.0.1", 1),),
    connect_timeout=2.0,
    pool_idle=60.0,
    retry_backoff=0.0,
    retry_attempts=1,
)
TWO: Final = replace(ONE, endpoints=(Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2)))


class Asker:
    """Somebody who asked a pool: it keeps its connection until told to finish."""

    is_head = False
    wants_upgrade = False

    def __init__(self) -> None:
        self.connection: UpstreamSide | None = None
        self.failures: list[Failure] = []

    @property
    def is_served(self) -> bool:
        return self.connection is not None

    def on_connected(self, connection: UpstreamSide) -> None:
        assert self.connection is None
        self.connection = connection

    def on_failure(self, failure: Failure) -> None:
        self.failures.append(failure)


class Patient(Asker):
    """It waits for the real clock."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def on_failure(self, failure: Failure) -> None:
        super().on_failure(failure)
        self.told.set()


class Yard:
    """A pool whose connections come about when the test says so."""

    def __init__(
        self, settings: Upstream = ONE, *, is_last_resort: bool = False, has_fallback: bool = False
    ) -> None:
        self.clock = Clock()
        self.ways = 0
        """How often a pool asked for room in the process."""
        self.loses_next = False
        """The next connection is lost before anybody holds it."""
        self.deaths: list[str] = []
        self.tasks = TaskOwner(lambda name, error: self.deaths.append(f"{name}: {error!r}"))
        self.opening: list[tuple[int, asyncio.Future[None]]] = []
        self.transports: dict[UpstreamConnection, FakeTransport] = {}
        self.deadlines = Deadlines(no_loop(), self.clock)
        self._around = Surroundings(
            ReplyHeads(Lines(Names(replies=True, prefix=b"x-", request_id=b"id"), REPLY_READERS)),
            self.deadlines,
            Outbox(at_once),
            30.0,
            60.0,
        )
        dice = random.Random(7)
        self.pool = Pool(
            settings,
            self.open,
            self.tasks,
            self.deadlines,
            clock=self.clock,
            below=dice.randrange,
            is_last_resort=is_last_resort,
            has_fallback=has_fallback,
            make_way=self.make_way,
        )

    def make_way(self) -> None:
        self.ways += 1

    async def open(self, pool: Pool, state: EndpointState) -> UpstreamConnection:
        wish: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.opening.append((state.port, wish))
        await wish
        connection = UpstreamConnection(pool, state, self._around)
        self.transports[connection] = FakeTransport(connection)
        if self.loses_next:
            self.loses_next = False
            self.lose(connection)
        return connection

    # Told by the test...

    def ask(self, *, afresh: bool = False) -> Asker:
        asker = Asker()
        self.pool.ask(asker, afresh=afresh)
        return asker

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.deadlines.sweep(self.clock.now)

    async def settle(self, error: BaseException | None = None) -> None:
        """Let everything that was begun be opened, or fail."""
        await turn()
        wishes, self.opening = self.opening, []
        for _, wish in wishes:
            if not wish.done():
                if error is None:
                    wish.set_result(None)
                else:
                    wish.set_exception(error)
        await turn()

    async def connected(self) -> UpstreamConnection:
        """Open one connection for somebody who keeps it."""
        asker = self.ask()
        await self.settle()
        assert isinstance(asker.connection, UpstreamConnection)
        return asker.connection

    def lose(self, connection: UpstreamConnection) -> None:
        self.transports.pop(connection).lose()

    def lose_closed(self) -> None:
        for connection, transport in list(self.transports.items()):
            if transport.is_closing():
                self.lose(connection)

    @property
    def open_connections(self) -> list[UpstreamConnection]:
        return [each for each, transport in self.transports.items() if not transport.is_closing()]

    @property
    def loads(self) -> list[int]:
        return [state.load for state in self.pool.endpoints]

    @property
    def all_states(self) -> list[EndpointState]:
        """Those that the pool knows, and those that have a connection although they are gone."""
        states = dict.fromkeys(self.pool.endpoints)
        return list(states | dict.fromkeys(each.state for each in self.transports))

    @property
    def idle(self) -> int:
        return sum(len(state.idle) for state in self.pool.endpoints)


async def turn() -> None:
    """Let every task go as far as it can."""
    for _ in range(8):
        await asyncio.sleep(0)
