"""A client's connection without a socket: bytes in, bytes out, and backends that do as told."""

from collections.abc import Callable
from typing import Final, cast

from router.model import Variant
from router.proxy.access_log import Entry
from router.proxy.deadlines import Deadlines
from router.proxy.downstream import Downstream
from router.proxy.exchange import Exchange
from router.proxy.outbox import Outbox
from router.proxy.ports import Client, Trailers
from router.proxy.serving import Serving, make_route
from router.routing.fallback import Failure
from router.routing.snapshot import Service, Snapshot
from tests.support.score import SUPPORT, WHOLE, Backend, Score
from tests.support.transport import Clock, FakeTransport, at_once, no_loop


class Front:
    """One client, the worker it is connected to, and the score of what happens behind."""

    def __init__(
        self,
        service: Service = SUPPORT,
        snapshot: Snapshot | None = None,
        *,
        kept: bool = True,
        peer: object = ("203.0.113.9", 40_000),
        soon: Callable[[Callable[[], None]], object] = at_once,
    ) -> None:
        self.score: Final = Score(service, snapshot or Snapshot(1, ()), kept)
        route = make_route(
            service,
            self.score.snapshot.headers,
            lambda _, variant: self.score.backends[variant],
            self.score.counters,
            permit=self.score.permit,
            mint=lambda: b"0" * 32,
        )
        self.serving = Serving(self.score.snapshot, (route,))
        self.date = b"date: today\r\n"
        self.draining = False
        self.held = 0
        self.give_way: Final = self.score.give_way
        self.looked = 0.0
        self.clock: Final = Clock()
        self.deadlines: Final = Deadlines(no_loop(), self.clock)
        self.outbox: Final = Outbox(soon)
        self.refused: list[str] = []
        self.logged: list[Entry] = []
        self.members: list[str] = []
        self.connection: Final = Downstream(self)
        self.transport: Final = FakeTransport(self.connection, peer)

    # Told by the test...

    def say(self, *pieces: bytes) -> "Front":
        """Let the client send these pieces."""
        self.transport.receive(*pieces)
        return self

    def answer(
        self, status: int = 200, *lines: bytes, payload: bytes = b"", end: Trailers | None = WHOLE
    ) -> None:
        """Let the backend that was asked answer."""
        self.score.exchange = self._in_hand()
        self.score.reply(status, *lines, payload=payload, end=end)

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.deadlines.sweep(self.clock.now)

    def fail(self, failure: Failure) -> None:
        """Let whoever is asked or waited for fail."""
        self.score.exchange = self._in_hand()
        self.score.fail(failure)

    def _in_hand(self) -> Exchange:
        backends = self.score.backends.values()
        return cast("Exchange", next(b.holder or b.waiter for b in backends if b.is_busy))

    @property
    def asked(self) -> Backend:
        """The backend that has a request in hand."""
        return next(b for b in self.score.backends.values() if b.holder is not None)

    def is_busy(self) -> bool:
        """Tell whether a backend has a request of this client."""
        return any(
            b.holder is not None or b.waiter is not None for b in self.score.backends.values()
        )

    @property
    def sent_to_ai(self) -> bytes:
        return self.score.backends[Variant.AI].sent

    @property
    def statuses(self) -> list[int]:
        """The status of each answer that the client has been given."""
        return [
            int(rest[:3]) for rest in self.transport.written.split(b"HTTP/1.1 ")[1:] if rest[0] > 49
        ]

    # As a worker...

    def wall_clock(self) -> float:
        return 0.0

    def log(self, entry: Entry) -> None:
        self.logged.append(entry)

    def roll(self) -> int:
        return 0

    def may_ask_ai(self) -> bool:
        return True

    def count_refusal(self, code: str) -> None:
        self.refused.append(code)

    def mint_request_id(self) -> bytes:
        return b"minted"

    def joined(self, connection: Client) -> None:
        self.members.append("joined")

    def left(self, connection: Client) -> None:
        self.members.append("left")
