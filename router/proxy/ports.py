"""What the parts of the data plane ask of one another; narrow, so that a test can be a score."""

from typing import Protocol

from router.http1.replies import Refusal
from router.http1.reply_head import ReplyHead
from router.model import ShadowResult
from router.proxy.access_log import Entry
from router.proxy.permits import Permit
from router.routing.fallback import Failure

Trailers = list[tuple[bytes, bytes]]


class Holder(Protocol):
    """The exchange, as its upstream connection sees it.

    `end` is None while more of the answer is to come, and its trailers (mostly none) with the
    last of it.
    """

    @property
    def is_head(self) -> bool: ...
    @property
    def wants_upgrade(self) -> bool: ...

    def on_interim(self, head: ReplyHead) -> None: ...
    def on_reply(self, head: ReplyHead, payload: bytes, end: Trailers | None) -> None: ...
    def on_reply_body(self, payload: bytes, end: Trailers | None) -> None: ...
    def on_upgraded(self, head: ReplyHead, rest: bytes) -> None: ...
    def on_upstream_eof(self) -> bool: ...
    def on_upstream_writable(self, writable: bool) -> None: ...
    def on_failure(self, failure: Failure) -> None: ...


class UpstreamSide(Protocol):
    """A connection to a backend, as the exchange that holds it sees it."""

    reused: bool
    authority: bytes
    """The endpoint as `host:port`."""

    def hold(self, holder: Holder) -> None:
        """Belong to this exchange until its answer is whole."""
        ...

    def send(self, data: bytes, *, last: bool) -> None:
        """Write a part of the request; `last` starts the wait for the answer."""
        ...

    def send_eof(self) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...

    def abandon(self) -> None:
        """The exchange wants no answer any more."""
        ...

    def part(self) -> None:
        """End a tunnel in order: what was sent arrives, what still comes is dropped."""
        ...

    def give_back(self) -> None:
        """Nothing was sent: another exchange may have it, in the loop's next turn."""
        ...


class Tapping(Protocol):
    """What keeps what passes of a request, for a comparison; nothing ever comes back from it.

    `end` is None while more is to come, then the trailers.
    """

    def on_request(self, payload: bytes, end: Trailers | None) -> None: ...
    def on_reply(self, head: ReplyHead, payload: bytes, end: Trailers | None) -> None: ...
    def on_reply_body(self, payload: bytes, end: Trailers | None) -> None: ...

    def on_loss(self, result: ShadowResult) -> None:
        """There will be no whole answer."""
        ...


class Waiter(Protocol):
    """The exchange, as a pool sees it while there is no connection for it."""

    def on_connected(self, connection: UpstreamSide) -> None: ...
    def on_failure(self, failure: Failure) -> None: ...


class PoolSide(Protocol):
    """A variant's connections, as an exchange sees them."""

    is_available: bool
    """Whether any of its endpoints may be used now."""

    def take(self) -> UpstreamSide | None:
        """Return a kept connection, if there is one."""
        ...

    def ask(self, waiter: Waiter, *, afresh: bool) -> None:
        """Call `on_connected` or `on_failure` in time; `afresh` wants no kept connection."""
        ...

    def forget(self, waiter: object) -> None:
        """Take whoever this is out of the queue."""
        ...


class ClientSide(Protocol):
    """A client's connection, as an exchange sees it."""

    def write(self, data: bytes) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def send_eof(self) -> None: ...

    def refuse(
        self, refusal: Refusal, request_id: bytes, decided: bytes, *, keep_alive: bool
    ) -> None:
        """Answer in the router's own name; the answer is whole with it.

        decided: the line that tells by which revision, where a service was found.
        """
        ...

    def on_answered(self, *, keep_alive: bool) -> None:
        """The answer is whole: the next request may begin, or the connection ends."""
        ...

    def on_tunnel(self) -> None:
        """From now on bytes pass as they are."""
        ...

    def break_off(self, *, reset: bool) -> None:
        """The answer cannot be finished: end so that nobody can take it for whole."""
        ...


class AtBackend(Protocol):
    """An exchange, as the worker sees it when AI is rolled back."""

    @property
    def permit(self) -> Permit | None:
        """Under which it is at AI, or waits to be; None where it is not."""
        ...

    def recall(self, *, cut: bool) -> None:
        """Leave AI, if nothing was sent there; cut: in any case, unless it lasts."""
        ...

    def wind_up(self, mask: bytes) -> bool:
        """End what lasts; tell whether to call again in a while."""
        ...


class Client(Protocol):
    """A client's connection, as the worker sees it."""

    @property
    def exchange(self) -> AtBackend | None:
        """The request that is being answered."""
        ...

    def refuse_connection(self, refusal: Refusal) -> None:
        """Serve nothing on this connection, and say why."""
        ...

    def drain(self) -> None:
        """End as soon as nothing is in flight."""
        ...

    def cut(self) -> bool:
        """End now; tell whether something was lost that was in flight."""
        ...


class Plane(Protocol):
    """The worker, as an exchange sees it."""

    held: int
    """Bytes of requests that all exchanges hold together, and of what their taps keep."""

    def give_way(self, wanted: int) -> None:
        """Let go of so many bytes that no exchange needs, if there are any."""
        ...

    @property
    def draining(self) -> bool: ...
    @property
    def date(self) -> bytes:
        """The Date line for answers that came without one."""
        ...

    def clock(self) -> float: ...
    def wall_clock(self) -> float: ...
    def log(self, entry: Entry) -> None: ...
    def roll(self) -> int: ...

    @property
    def looked(self) -> float:
        """When `may_ask_ai` looked last, by the clock that counts suspended time too."""
        ...

    def may_ask_ai(self) -> bool:
        """Tell whether AI's share was confirmed recently enough; a permit may do without."""
        ...

    def count_refusal(self, code: str) -> None: ...
