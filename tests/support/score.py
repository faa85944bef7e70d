"""A score: what goes into an exchange, and what is heard from it, in order.

    score = Score()
    score.play(b"GET / HTTP/1.1")
    score.reply(200)
    assert score.heard == ["ask ai", "send 200", "keep"]

It is the client, the worker and both pools at once; what they are told lands in one list.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from router.compare.pair import Pair
from router.http1.head import HEAD_END
from router.http1.replies import Refusal
from router.http1.reply_head import ReplyHead, read_reply_head
from router.http1.request_head import read_request_head
from router.model import ALL, BasisPoints, ShadowResult, Variant
from router.proxy.access_log import Entry
from router.proxy.counters import ServiceCounters, ShadowCounters
from router.proxy.deadlines import Deadlines
from router.proxy.exchange import Exchange
from router.proxy.forwarding import forwarding_of
from router.proxy.mirrored import Mirrored
from router.proxy.origin import Origin
from router.proxy.permits import Permit
from router.proxy.ports import Holder, Trailers, Waiter
from router.proxy.serving import Serving, make_route, reply_lines
from router.proxy.shadow.shadows import Shadows, dropped_fields, hidden_keys
from router.proxy.shadow.taps import Taps
from router.proxy.shadow.terms import Terms
from router.proxy.shadow.thinning import Thinning
from router.proxy.shadow.way import Way
from router.routing.breaker import CircuitBreaker
from router.routing.fallback import Failure
from router.routing.snapshot import Endpoint, Match, Service, Shadow, Snapshot, Split, Upstream
from router.routing.spending import SHARED_BYTES, Purse
from router.wire.counting import BLOCK, ServiceCounts, service_counts
from router.wire.pairs import PairDecoder, Row, encode_pairs
from tests.support.transport import no_loop

NOWHERE: Final = Upstream((Endpoint("127.0.0.1", 9),))
SUPPORT: Final = Service("support", Match(paths=("/*",)), NOWHERE, NOWHERE, Split("s"), share=ALL)
TO_LEGACY: Final = replace(SUPPORT, share=BasisPoints(0))
WHOLE: Final[Trailers] = []


@dataclass(slots=True)
class Backend:
    """One variant's connection, and its pool."""

    variant: Variant
    score: "Score"
    is_kept: bool
    reused: bool = True
    authority: bytes = b"127.0.0.1:9"
    sent: bytes = b""
    waiter: Waiter | None = None
    holder: Holder | None = None
    is_full: bool = False
    is_available: bool = True
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.name or self.variant

    @property
    def is_busy(self) -> bool:
        """Tell whether an exchange holds it, or waits for it."""
        return self.holder is not None or self.waiter is not None

    # As a pool...

    def take(self) -> "Backend | None":
        return self if self.is_kept else None

    def ask(self, waiter: Waiter, *, afresh: bool) -> None:
        self.score.heard.append(f"open {self.name}")
        self.waiter = waiter

    def forget(self, waiter: object) -> None:
        assert waiter is self.waiter
        self.waiter = None
        self.score.heard.append(f"forget {self.name}")

    # As a connection...

    def hold(self, holder: Holder) -> None:
        self.holder = holder
        self.is_full = False

    def send(self, data: bytes, *, last: bool) -> None:
        assert self.holder is not None, "a connection is written to that belongs to nobody"
        begins = HEAD_END in data and b" HTTP/1.1\r\n" in data
        self.sent = data if begins else self.sent + data
        words = "ask" if begins else "tell"
        self.score.heard.append(f"{words} {self.name}{'' if last else ' more'}")
        if self.score.is_clogged:
            self.is_full = True
            self.holder.on_upstream_writable(False)

    def send_eof(self) -> None:
        self.score.heard.append(f"end to {self.name}")

    def pause_reading(self) -> None:
        self.score.heard.append(f"pause {self.name}")

    def resume_reading(self) -> None:
        self.score.heard.append(f"resume {self.name}")

    def abandon(self) -> None:
        self.holder = None
        self.score.heard.append(f"abandon {self.name}")

    def part(self) -> None:
        self.holder = None
        self.score.heard.append(f"part with {self.name}")

    def give_back(self) -> None:
        self.score.heard.append(f"give back {self.name}")


@dataclass(slots=True)
class Score:
    """Everybody whom an exchange knows. `kept` says whether pools have a connection at hand."""

    service: Service = SUPPORT
    snapshot: Snapshot = field(default_factory=lambda: Snapshot(1, ()))
    kept: bool = True
    heard: list[str] = field(default_factory=list)
    answer: bytes = b""
    draining: bool = False
    date: bytes = b"date: today\r\n"
    exposed: bool = True
    secure: bool = False
    is_clogged: bool = False
    """Every write fills a buffer, and whoever wrote is told so before it returns."""
    now: float = 0.0
    has_lease: bool = True
    looked: float = 7.0
    permit: Permit = field(
        default_factory=lambda: Permit("support", 0, is_valid=True, last_begun=0)
    )
    held: int = 0
    logged: list[Entry] = field(default_factory=list[Entry])
    refused_until: int = 0
    """Seconds, as the client was told."""
    decided: bytes = b""
    """By which revision the refused request was decided, as the client was told."""
    rates: memoryview = field(default_factory=lambda: memoryview(bytearray(SHARED_BYTES)))
    backends: dict[Variant, Backend] = field(init=False)
    copies: dict[Variant, Backend] = field(init=False)
    """Whom copies are sent to."""
    pairs: list[Pair] = field(default_factory=list[Pair])
    is_open: bool = True
    """Somebody takes pairs."""
    errors: list[BaseException] = field(default_factory=list[BaseException])
    """What failed on the side of copies."""
    shadows: Shadows | None = field(init=False)
    """What copies the service's requests, if anything does."""
    deadlines: Deadlines = field(init=False)
    taps: Taps = field(init=False)
    counters: ServiceCounters = field(init=False)
    _block: memoryview = field(init=False)
    exchange: Exchange = field(init=False)

    def __post_init__(self) -> None:
        self.backends = {variant: Backend(variant, self, self.kept) for variant in Variant}
        self.copies = {
            variant: Backend(variant, self, self.kept, name=f"copy of {variant}")
            for variant in Variant
        }
        self.deadlines = Deadlines(no_loop(), self.clock)
        self.taps = Taps(self, self.deadlines, self, self.errors.append)
        self._block = memoryview(bytearray(BLOCK)).cast("Q")
        self.counters = ServiceCounters(self._block)
        self.snapshot = replace(self.snapshot, services=(self.service,))
        shadow = self.service.shadow
        self.shadows = None if shadow is None else self._shadows(shadow)

    # Playing...

    def play(
        self,
        *lines: bytes,
        payload: bytes = b"",
        end: Trailers | None = WHOLE,
        host: bytes = b"a",
    ) -> Exchange:
        """Begin an exchange for a request of these lines; Host is added."""
        route = make_route(
            self.service,
            self.snapshot.headers,
            lambda _, variant: self.backends[variant],
            self.counters,
            permit=self.permit,
            mint=lambda: b"0" * 32,
            shadow=self.shadows,
        )
        serving = Serving(self.snapshot, (route,), self.rates)
        data = b"\r\n".join((*lines, b"Host: " + host)) + HEAD_END
        head = read_request_head(data, len(data), serving.request_lines)
        origin = Origin(b"203.0.113.9", serving)
        origin.recognise(head)
        origin.is_shown, origin.is_secure = self.exposed, self.secure
        kind = Mirrored if serving.takes_mirrored else Exchange
        self.exchange = kind(self, serving, self, origin, head=head, request_id=b"id-1")
        self.exchange.begin(payload, end)
        return self.exchange

    def _shadows(self, shadow: Shadow) -> Shadows:
        terms = Terms(
            service="support",
            phase=self.service.phase,
            max_body=shadow.max_body,
            timeout=shadow.timeout,
            most_held=self.snapshot.limits.buffers,
            dropped=dropped_fields(shadow),
            hidden=hidden_keys(self.service.split, shadow),
            prefix=b"x-gray-",
            ways=(self._way(shadow, Variant.LEGACY), self._way(shadow, Variant.AI)),
            thinning=Thinning(lambda _: 0),
            purse=Purse(
                memoryview(bytearray(32)).cast("Q"), shadow.per_second, shadow.cost_per_hour
            ),
            counters=self.counters.shadow,
            clock=self.clock,
            later=lambda _, call: self.later.append(call),
            may_ask_ai=lambda: self.permit.is_valid and self.has_lease,
            taps=self.taps,
        )
        return Shadows(shadow, terms)

    def _way(self, shadow: Shadow, variant: Variant) -> Way:
        return Way(
            variant,
            self.copies[variant],
            CircuitBreaker(shadow.breaker),
            self.counters.shadow,
            asked=b"x-gray-variant: %b\r\nx-gray-shadow: 1\r\nx-request-id: " % variant.encode(),
            most=shadow.max_concurrency,
            may_open=lambda: True,
            forwarding=forwarding_of(
                shadow.ai.forward if variant is Variant.AI else shadow.legacy.forward
            ),
        )

    level: int = 0
    later: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """What is to be done in a while."""

    def offer(self, pair: Row, size: int, counters: ShadowCounters | None) -> None:
        """Take a pair, as the link to the comparer does, and read it as that does."""
        [[read]] = PairDecoder().feed(encode_pairs([pair]))
        self.pairs.append(read)
        if counters is not None:
            counters.count(ShadowResult.PAIRED)

    def copied(
        self,
        status: int,
        *lines: bytes,
        payload: bytes = b"",
        end: Trailers | None = WHOLE,
        variant: Variant = Variant.LEGACY,
    ) -> None:
        """Let who was asked for the sake of comparison answer."""
        backend = self.copies[variant]
        holder = backend.holder
        assert holder is not None, "no copy was sent"
        if end is not None:
            backend.holder = None
            lines = lines or (b"Content-Length: %d" % len(payload),)
        holder.on_reply(self.head(status, *lines), payload, end)

    def copies_go_on(self, payload: bytes, end: Trailers | None = None) -> None:
        """Let more of legacy's answer to a copy come."""
        holder = self.copies[Variant.LEGACY].holder
        assert holder is not None
        holder.on_reply_body(payload, end)

    def copy_fails(self, failure: Failure, variant: Variant = Variant.LEGACY) -> None:
        """Let a copy fail: its pool or its connection."""
        backend = self.copies[variant]
        asked = backend.holder or backend.waiter
        assert asked is not None, "no copy was sent"
        backend.holder = backend.waiter = None
        asked.on_failure(failure)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.deadlines.sweep(self.now)

    @property
    def shadowed(self) -> dict[str, int]:
        """What became of the requests that were drawn."""
        return self.counts.shadows

    def connect(self, variant: Variant = Variant.AI, *, reused: bool = False) -> None:
        """Let a connection that was asked for come about, or one that somebody else had."""
        backend = self.backends[variant]
        backend.reused = reused
        waiter, backend.waiter = backend.waiter, None
        assert waiter is not None
        waiter.on_connected(backend)

    def fail(self, failure: Failure) -> None:
        """Let whoever was asked last fail: its pool or its connection."""
        self._let_go()
        self.exchange.on_failure(failure)

    def reply(
        self, status: int, *lines: bytes, payload: bytes = b"", end: Trailers | None = WHOLE
    ) -> None:
        """Let the backend answer; without a length of its own the answer has none to say."""
        if end is not None and not lines:
            lines = (b"Content-Length: %d" % len(payload),)
        if end is not None:
            self._let_go()
        self.exchange.on_reply(self.head(status, *lines), payload, end)

    def reply_if_asked(self) -> None:
        """Let the backend answer, if the request came so far."""
        if any(backend.is_busy for backend in self.backends.values()):
            self.reply(200)

    def go_on(self, payload: bytes, end: Trailers | None = None) -> None:
        """Let more of the answer come."""
        if end is not None:
            self._let_go()
        self.exchange.on_reply_body(payload, end)

    def _let_go(self) -> None:
        for backend in self.backends.values():
            backend.holder = backend.waiter = None

    def head(self, status: int, *lines: bytes) -> ReplyHead:
        raw = b"\r\n".join((b"HTTP/1.1 %d " % status, *lines)) + HEAD_END
        return read_reply_head(raw, reply_lines(self.snapshot.headers))

    @property
    def codes(self) -> dict[str, dict[int, int]]:
        """What was recorded, by variant; nothing may be left in flight."""
        variants = self.counts.variants
        assert all(counts.in_flight == 0 for counts in variants)
        return {counts.variant: counts.codes for counts in variants if counts.codes}

    @property
    def counts(self) -> ServiceCounts:
        """What stands in the service's block."""
        return service_counts(self._block)

    @property
    def assignments(self) -> list[tuple[str, str, int]]:
        return self.counts.assignments

    # As a worker...

    def wall_clock(self) -> float:
        return self.now

    def log(self, entry: Entry) -> None:
        self.logged.append(entry)

    def clock(self) -> float:
        return self.now

    def roll(self) -> int:
        return 0

    def may_ask_ai(self) -> bool:
        return self.has_lease

    def count_refusal(self, code: str) -> None:
        self.heard.append(f"count {code}")

    def give_way(self, wanted: int) -> None:
        self.heard.append(f"give way {wanted}")

    # As a client...

    def write(self, data: bytes) -> None:
        self.answer += data
        is_head = data.startswith(b"HTTP/1.1 ")
        self.heard.append(f"send {data[9:12].decode()}" if is_head else "send body")
        if self.is_clogged:
            self.exchange.on_client_writable(False)

    def pause_reading(self) -> None:
        self.heard.append("pause client")

    def resume_reading(self) -> None:
        self.heard.append("resume client")

    def send_eof(self) -> None:
        self.heard.append("end to client")

    def refuse(
        self, refusal: Refusal, request_id: bytes, decided: bytes, *, keep_alive: bool
    ) -> None:
        self.decided = decided
        self.refused_until = refusal.retry_after
        self.heard.append(f"refuse {refusal.code}{'' if keep_alive else ' and close'}")

    def on_answered(self, *, keep_alive: bool) -> None:
        self.heard.append("keep" if keep_alive else "close")

    def on_tunnel(self) -> None:
        self.heard.append("tunnel")

    def break_off(self, *, reset: bool) -> None:
        self.heard.append("reset" if reset else "break off")
