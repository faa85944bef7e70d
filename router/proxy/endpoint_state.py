"""One address of an endpoint, as its pool keeps it, and what a pool and its connections share."""

from typing import Protocol

from router.proxy.ports import UpstreamSide
from router.routing.ejection import Record
from router.routing.snapshot import Endpoint


class Pooled(UpstreamSide, Protocol):
    """A connection, as its pool sees it."""

    state: "EndpointState"
    is_in_use: bool
    deadline: float
    """Until when it may do what it is doing; lying idle is that too."""

    def is_usable(self) -> bool:
        """Tell whether another request may be sent here."""
        ...

    def close(self) -> None: ...


class Home(Protocol):
    """The pool, as its connections see it."""

    def release(self, connection: Pooled) -> None: ...
    def lost(self, connection: Pooled) -> None: ...

    def served(self, connection: Pooled) -> None:
        """Its endpoint has answered well after failures."""
        ...

    def failed(self, connection: Pooled) -> None:
        """Its endpoint has let a request down."""
        ...


class EndpointState(Record):
    """One address of an endpoint, its connections, and how it has served.

    idle: connections that are kept. load: how many are in use. opening: how many are being opened.
    serves: it may be chosen, and has been `since`. is_proven: it has taken our TLS handshake whole,
    our certificate too.
    """

    __slots__ = (
        "address", "authority", "endpoint", "idle", "is_proven", "is_up", "load", "opening",
        "port", "serves", "since",
    )  # fmt: skip

    def __init__(self, endpoint: Endpoint, address: str, port: int) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.address = address
        self.port = port
        self.authority = b"localhost" if endpoint.is_unix else endpoint.authority.encode()
        """What `Host` says where the client named none."""
        self.idle: list[Pooled] = []
        self.load = 0
        self.opening = 0
        self.is_up = True
        self.serves = False
        self.since = 0.0
        self.is_proven = False

    @property
    def place(self) -> tuple[Endpoint, str, int]:
        """What makes it the same target when it is located again."""
        return self.endpoint, self.address, self.port
