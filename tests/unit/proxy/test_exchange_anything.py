"""Whatever happens to an exchange, in any order: one answer, one record, nobody left hanging."""

from dataclasses import dataclass, replace

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from router.http1.body import body_of
from router.http1.head import CHUNKED
from router.http1.replies import BAD_REQUEST, HEAD_TIMEOUT, Refusal
from router.model import Variant
from router.proxy.ports import Trailers
from router.routing.fallback import Failure
from router.routing.snapshot import Limits, Place, PlaceKind, Snapshot, Split
from tests.support.score import SUPPORT, TO_LEGACY, Backend, Score

SERVICES = {
    "ai": SUPPORT,
    "legacy": TO_LEGACY,
    "ai alone": replace(SUPPORT, fall_back_on_connect=False),
    "reads bodies": replace(
        SUPPORT, split=Split("s", (Place(PlaceKind.JSON, "/user"),)), replay_buffer=8
    ),
}
FRAMINGS = {"length": b"Content-Length: 1000", "chunked": b"Transfer-Encoding: chunked"}
NOT_SENT = [Failure.UNREACHABLE, Failure.CONNECT_TIMEOUT, Failure.BUSY]
SENT = [Failure.LOST, Failure.TIMED_OUT, Failure.MALFORMED]
PAYLOADS = {"nothing": b"", "little": b"a", "key": b'{"user":1}', "much": b"x" * 70_000}
ENDINGS = ("keep", "close", "break off", "reset", "refuse")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A request, who it is for, and what state the worker and the buffers are in."""

    service: str
    method: bytes
    version: bytes
    framing: str
    ended: bool
    payload: str
    kept: bool
    limit: int
    draining: bool
    clogged: bool

    @property
    def is_whole(self) -> bool:
        return self.ended or self.framing not in FRAMINGS

    @property
    def lines(self) -> list[bytes]:
        version = b"1.1" if self.framing == "chunked" else self.version
        first = b"%b / HTTP/%b" % (self.method, version)
        if self.framing == "upgrade":
            return [first, b"Connection: upgrade", b"Upgrade: websocket"]
        return [first, *filter(None, [FRAMINGS.get(self.framing)])]

    def score(self) -> Score:
        return Score(
            SERVICES[self.service],
            Snapshot(1, (), limits=Limits(body=self.limit)),
            self.kept,
            draining=self.draining,
            is_clogged=self.clogged,
        )


BEGINNINGS = st.builds(
    Beginning,
    service=st.sampled_from(list(SERVICES)),
    method=st.sampled_from([b"GET", b"HEAD", b"POST"]),
    version=st.sampled_from([b"1.0", b"1.1"]),
    framing=st.sampled_from(["none", "length", "chunked", "upgrade"]),
    ended=st.booleans(),
    payload=st.sampled_from(list(PAYLOADS)),
    kept=st.booleans(),
    limit=st.sampled_from([0, 6]),
    draining=st.booleans(),
    clogged=st.booleans(),
)


class AnyOrder(RuleBasedStateMachine):
    """Plays clients, pools and backends; only what can really happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.score = Score()
        self.told = b""  # what the client has said of its body
        self.is_whole = False
        self.is_gone = False
        self.has_replied = False
        self.is_tunnel = False

    @initialize(beginning=BEGINNINGS)
    def the_first_request_comes(self, beginning: Beginning) -> None:
        self.begin(beginning)

    @precondition(lambda self: self.is_over)
    @rule(beginning=BEGINNINGS)
    def another_request_comes(self, beginning: Beginning) -> None:
        self.begin(beginning)

    def begin(self, beginning: Beginning) -> None:
        self.score = beginning.score()
        self.is_whole = beginning.is_whole
        self.is_gone = self.has_replied = self.is_tunnel = False
        self.told = PAYLOADS[beginning.payload] if beginning.framing in FRAMINGS else b""
        end: Trailers | None = [] if self.is_whole else None
        self.score.play(*beginning.lines, payload=self.told, end=end)

    # Where it stands...

    @property
    def is_over(self) -> bool:
        return self.is_gone or any(line.startswith(ENDINGS) for line in self.score.heard)

    @property
    def asked(self) -> Backend | None:
        """The connection that the exchange holds."""
        return next((b for b in self.score.backends.values() if b.holder is not None), None)

    @property
    def awaited(self) -> Backend | None:
        """The pool that the exchange waits for."""
        return next((b for b in self.score.backends.values() if b.waiter is not None), None)

    @property
    def may_send_body(self) -> bool:
        return not self.is_whole and not self.is_over

    @property
    def may_answer(self) -> bool:
        return self.asked is not None and not self.has_replied

    @property
    def may_go_on(self) -> bool:
        return self.asked is not None and self.has_replied and not self.is_tunnel

    # The client...

    @precondition(lambda self: self.may_send_body)
    @rule(payload=st.sampled_from(list(PAYLOADS)))
    def more_of_the_body_comes(self, payload: str) -> None:
        self.told += PAYLOADS[payload]
        self.score.exchange.on_request_body(PAYLOADS[payload], None)

    @precondition(lambda self: self.may_send_body)
    @rule(payload=st.sampled_from(list(PAYLOADS)))
    def the_body_ends(self, payload: str) -> None:
        self.told += PAYLOADS[payload]
        self.is_whole = True
        self.score.exchange.on_request_body(PAYLOADS[payload], [])

    @precondition(lambda self: self.may_send_body)
    @rule(refusal=st.sampled_from([BAD_REQUEST, HEAD_TIMEOUT]))
    def the_body_is_refused(self, refusal: Refusal) -> None:
        self.score.exchange.refuse_midway(refusal)

    @precondition(lambda self: not self.is_over)
    @rule()
    def the_client_leaves(self) -> None:
        self.is_gone = True
        self.score.exchange.on_client_gone()

    @precondition(lambda self: not self.is_over)
    @rule(writable=st.booleans())
    def the_client_takes_or_does_not(self, writable: bool) -> None:
        self.score.exchange.on_client_writable(writable)

    # The pools...

    @precondition(lambda self: self.awaited)
    @rule()
    def a_connection_comes(self) -> None:
        assert self.awaited is not None
        self.score.connect(self.awaited.variant)

    @precondition(lambda self: self.awaited)
    @rule(failure=st.sampled_from(NOT_SENT))
    def no_connection_comes(self, failure: Failure) -> None:
        self.score.fail(failure)

    # The backends...

    @precondition(lambda self: self.asked)
    @rule(failure=st.sampled_from(SENT))
    def the_connection_fails(self, failure: Failure) -> None:
        self.score.fail(failure)

    @precondition(lambda self: self.may_answer)
    @rule(status=st.sampled_from([100, 102, 103]))
    def an_interim_answer_comes(self, status: int) -> None:
        self.score.exchange.on_interim(self.score.head(status))

    @precondition(lambda self: self.may_answer)
    @rule(
        status=st.sampled_from([200, 204, 304, 404, 500]),
        framing=st.sampled_from([b"Content-Length: 9", b"Transfer-Encoding: chunked", b"X: y"]),
        end=st.one_of(st.none(), st.just([]), st.just([(b"x-sum", b"1")])),
    )
    def an_answer_comes(self, status: int, framing: bytes, end: Trailers | None) -> None:
        self.has_replied = True
        if status == 204:
            framing = b"X: y"
        bodiless = status in (204, 304) or self.score.exchange.is_head
        whole = [] if bodiless else end
        self.score.reply(status, framing, payload=b"" if bodiless else b"ok", end=whole)

    @precondition(lambda self: self.may_go_on)
    @rule(end=st.one_of(st.none(), st.just([])))
    def more_of_the_answer_comes(self, end: Trailers | None) -> None:
        self.score.go_on(b"" if end == [] else b"more", end)

    @precondition(lambda self: self.asked)
    @rule(writable=st.booleans())
    def the_backend_takes_or_does_not(self, writable: bool) -> None:
        assert self.asked is not None
        self.asked.is_full = not writable
        self.score.exchange.on_upstream_writable(writable)

    # A tunnel...

    @precondition(lambda self: self.may_answer and self.score.exchange.wants_upgrade)
    @rule()
    def both_sides_switch(self) -> None:
        self.has_replied = self.is_tunnel = True
        self.score.exchange.on_upgraded(self.score.head(101, b"Upgrade: websocket"), b"")

    @precondition(lambda self: self.is_tunnel and not self.is_over)
    @rule(to_client=st.booleans())
    def bytes_pass(self, to_client: bool) -> None:
        if to_client:
            self.score.exchange.on_reply_body(b"\x81\x00", None)
        else:
            assert self.score.exchange.tunnel is not None
            self.score.exchange.tunnel.on_client_bytes(b"\x81\x00")

    # What always holds...

    @invariant()
    def in_flight_is_one_while_somebody_is_asked_and_none_at_the_end(self) -> None:
        counted = [variant.in_flight for variant in self.score.counts.variants]
        busy = self.asked is not None or self.awaited is not None
        assert sum(counted) == (busy and not self.is_over)

    @invariant()
    def at_the_end_nothing_is_held(self) -> None:
        if self.is_over:
            assert self.score.held == 0

    @invariant()
    def at_the_end_nobody_is_asked_and_one_code_is_recorded(self) -> None:
        if self.is_over:
            assert self.asked is None
            assert self.awaited is None
            codes = [sum(variant.codes.values()) for variant in self.score.counts.variants]
            assert sum(codes) == bool(self.score.assignments)

    @invariant()
    def before_the_end_something_is_waited_for(self) -> None:
        if not self.is_over:
            assert self.asked or self.awaited or not self.is_whole

    @invariant()
    def the_client_gets_one_answer(self) -> None:
        heads = ("refuse", "send 2", "send 3", "send 4", "send 5")
        assert len([line for line in self.score.heard if line.startswith(heads)]) <= 1
        endings = [line for line in self.score.heard if line.startswith(ENDINGS)]
        assert len(endings) <= 1

    @invariant()
    def nothing_reaches_ai_for_who_is_assigned_to_legacy(self) -> None:
        if self.score.service is TO_LEGACY:
            assert not self.score.backends[Variant.AI].sent
            assert not any(line.endswith((" ai", " ai more")) for line in self.score.heard)

    @invariant()
    def the_backend_gets_the_body_that_the_client_sent(self) -> None:
        if self.asked is None or self.is_tunnel:
            return
        head, _, rest = self.asked.sent.partition(b"\r\n\r\n")
        is_chunked = b"\r\ntransfer-encoding: chunked" in head
        if not is_chunked:
            assert rest == self.told
            return
        body = body_of(CHUNKED)
        assert body.feed(rest) == self.told
        assert body.done == self.is_whole

    @invariant()
    def a_client_is_paused_for_a_reason(self) -> None:
        moves = [line for line in self.score.heard if line.endswith(" client")]
        if self.may_send_body and moves and moves[-1] == "pause client":
            assert self.awaited or (self.asked is not None and self.asked.is_full)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=300, stateful_step_count=12)
