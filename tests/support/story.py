"""The story of one upstream connection: what its pool and its exchange are told."""

from typing import Final

from router.http1.lines import Lines
from router.http1.names import Names
from router.http1.reply_head import REPLY_READERS, ReplyHead, ReplyHeads
from router.proxy.deadlines import Deadlines
from router.proxy.endpoint_state import EndpointState, Pooled
from router.proxy.outbox import Outbox
from router.proxy.ports import Trailers
from router.proxy.upstream import Surroundings, UpstreamConnection
from router.routing.fallback import Failure
from router.routing.snapshot import Endpoint
from tests.support.transport import Clock, FakeTransport, at_once, no_loop

FIRST_BYTE: Final = 30.0
IDLE: Final = 60.0
REQUEST: Final = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Story:
    """A connection's pool and exchange; what they are told lands in one list."""

    def __init__(self, *, is_head: bool = False, wants_upgrade: bool = False) -> None:
        self.heard: list[str] = []
        self.judged: list[str] = []
        self.payload = b""
        self.trailers: Trailers = []
        self.is_head = is_head
        self.wants_upgrade = wants_upgrade
        self.keeps_tunnel_open = True
        self.clock = Clock()
        self.deadlines = Deadlines(no_loop(), self.clock)
        names = Names(replies=True, prefix=b"x-gray-", request_id=b"x-request-id")
        around = Surroundings(
            ReplyHeads(Lines(names, REPLY_READERS)),
            self.deadlines,
            Outbox(at_once),
            FIRST_BYTE,
            IDLE,
        )
        state = EndpointState(Endpoint("127.0.0.1", 9001), "127.0.0.1", 9001)
        self.connection = UpstreamConnection(self, state, around)
        self.transport = FakeTransport(self.connection)

    def ask(self, *, last: bool = True) -> "Story":
        self.connection.hold(self)
        self.connection.send(REQUEST, last=last)
        return self

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.deadlines.sweep(self.clock.now)

    # As a pool...

    def release(self, connection: Pooled) -> None:
        self.heard.append("release")

    def lost(self, connection: Pooled) -> None:
        self.heard.append("lost")

    def served(self, connection: Pooled) -> None:
        self.judged.append("served")

    def failed(self, connection: Pooled) -> None:
        self.judged.append("failed")

    # As an exchange...

    def on_interim(self, head: ReplyHead) -> None:
        self.heard.append(f"interim {head.status}")

    def on_reply(self, head: ReplyHead, payload: bytes, end: Trailers | None) -> None:
        self.heard.append(f"reply {head.status}")
        self._take(payload, end)

    def on_reply_body(self, payload: bytes, end: Trailers | None) -> None:
        self._take(payload, end)

    def _take(self, payload: bytes, end: Trailers | None) -> None:
        self.payload += payload
        if end is not None:
            self.trailers = end
            self.heard.append("end")

    def on_upgraded(self, head: ReplyHead, rest: bytes) -> None:
        self.heard.append("upgraded")
        self.payload += rest

    def on_upstream_eof(self) -> bool:
        self.heard.append("half closed")
        return self.keeps_tunnel_open

    def on_upstream_writable(self, writable: bool) -> None:
        self.heard.append("writable" if writable else "full")

    def on_failure(self, failure: Failure) -> None:
        self.heard.append(f"failed {failure.value}")
