from dataclasses import replace

import pytest

from router.model import ALL, Variant
from router.proxy.exchange import HELD_AT_MOST
from router.routing.fallback import Failure
from router.routing.snapshot import Limits, Match, Place, PlaceKind, Rate, Service, Snapshot, Split
from tests.support.score import SUPPORT, TO_LEGACY, Score

GET = b"GET / HTTP/1.1"
POST = b"POST /orders HTTP/1.1"
LENGTH = b"Content-Length: 5"
CHUNKS = b"Transfer-Encoding: chunked"
READS_BODIES = replace(
    SUPPORT, split=Split("s", keys=(Place(PlaceKind.JSON, "/user"),)), share=ALL, replay_buffer=64
)


# The whole way...


@pytest.mark.parametrize(("service", "variant"), [(SUPPORT, "ai"), (TO_LEGACY, "legacy")])
def test_an_ordinary_request_is_asked_and_answered_in_one_write_each(
    service: Service, variant: str
) -> None:
    score = Score(service=service)
    score.play(GET)
    score.reply(200, payload=b"ok")
    assert score.heard == [f"ask {variant}", "send 200", "keep"]
    assert score.codes == {variant: {200: 1}}


def test_the_backend_and_the_client_are_told_who_answers() -> None:
    score = Score()
    score.play(GET, b"X-Gray-Variant: legacy")
    score.reply(200)
    sent = score.backends[Variant.AI].sent
    assert b"x-gray-variant: ai\r\nx-request-id: id-1\r\n" in sent
    assert sent.count(b"x-gray-variant") == 1
    assert b"x-gray-variant: ai\r\nx-gray-revision: 0\r\n" in score.answer
    assert b"x-request-id: id-1\r\n" in score.answer


def test_whoever_may_not_see_our_headers_sees_none() -> None:
    score = Score(exposed=False)
    score.play(GET)
    score.reply(200)
    assert b"x-gray" not in score.answer


def test_an_assignment_is_counted_with_its_reason() -> None:
    score = Score()
    score.play(GET)
    assert score.assignments == [("ai", "random", 1)]


# Begin...


def test_a_request_that_no_service_wants_is_refused() -> None:
    score = Score(service=replace(SUPPORT, match=Match(paths=("/other",))))
    score.play(GET)
    assert score.heard == ["count no_route", "refuse no_route"]
    assert score.codes == {}


def test_options_that_may_go_no_further_is_answered_here() -> None:
    score = Score()
    score.play(b"OPTIONS * HTTP/1.1", b"Max-Forwards: 0")
    assert score.heard == ["send 200", "keep"]


def test_a_key_in_the_body_is_waited_for() -> None:
    score = Score(service=READS_BODIES)
    exchange = score.play(POST, b"Content-Length: 13", payload=b'{"user"', end=None)
    assert score.heard == []
    exchange.on_request_body(b": 17} ", [])
    assert score.heard == ["resume client", "ask ai"]
    assert score.assignments == [("ai", "bucket", 1)]
    assert score.backends[Variant.AI].sent.endswith(b'{"user": 17} ')


def test_a_body_beyond_the_buffer_has_no_key_and_streams() -> None:
    score = Score(service=READS_BODIES)
    exchange = score.play(POST, CHUNKS, payload=b"x" * 60, end=None)
    exchange.on_request_body(b"x" * 60, None)
    assert score.heard == ["resume client", "ask ai more"]
    assert score.assignments == [("ai", "random", 1)]


def test_who_waits_for_100_continue_is_told_so_where_the_body_is_read_first() -> None:
    score = Score(service=READS_BODIES)
    exchange = score.play(POST, LENGTH, b"Expect: 100-continue", end=None)
    assert score.heard == ["send 100"]
    exchange.on_request_body(b"hello", [])
    assert b"expect" not in score.backends[Variant.AI].sent


# Forward...


def test_a_body_goes_on_as_it_comes() -> None:
    score = Score()
    exchange = score.play(POST, LENGTH, payload=b"he", end=None)
    exchange.on_request_body(b"ll", None)
    exchange.on_request_body(b"o", [])
    assert score.heard == ["resume client", "ask ai more", "tell ai more", "tell ai"]
    assert score.backends[Variant.AI].sent.endswith(b"\r\n\r\nhello")


def test_a_client_waits_while_nobody_takes_its_body() -> None:
    score = Score(kept=False)
    exchange = score.play(POST, CHUNKS, end=None)
    exchange.on_request_body(b"x" * (HELD_AT_MOST + 1), None)
    score.connect()
    assert score.heard == ["open ai", "pause client", "resume client", "ask ai more"]


# Fall back...


def test_a_post_that_ai_refused_is_answered_by_legacy() -> None:
    score = Score(kept=False)
    score.play(POST, LENGTH, payload=b"hello")
    score.fail(Failure.UNREACHABLE)
    score.connect(Variant.LEGACY)
    score.reply(201)
    assert score.heard == [
        "open ai", "open legacy", "resume client", "ask legacy", "send 201", "keep",
    ]  # fmt: skip
    assert score.backends[Variant.LEGACY].sent.endswith(b"hello")
    assert b"x-gray-variant: legacy\r\n" in score.answer
    assert b"x-gray-fallback: connect\r\n" in score.answer
    assert score.counts.fallbacks == {"connect": 1}
    assert score.codes == {"legacy": {201: 1}}


def test_a_post_lost_after_sending_is_never_asked_twice() -> None:
    score = Score()
    score.play(POST, LENGTH, payload=b"hello")
    score.fail(Failure.LOST)
    assert score.heard == ["resume client", "ask ai", "refuse upstream_lost"]
    assert score.codes == {"ai": {502: 1}}


def test_a_get_lost_on_a_kept_connection_is_asked_once_more_on_a_fresh_one() -> None:
    score = Score()
    score.play(GET)
    score.fail(Failure.LOST)
    score.connect()
    score.fail(Failure.LOST)
    assert score.heard == ["ask ai", "open ai", "ask ai", "refuse upstream_lost"]
    assert score.codes == {"ai": {502: 1}}


def test_a_request_is_sent_again_once_at_most() -> None:
    score = Score()
    score.play(GET)
    score.fail(Failure.LOST)
    score.connect(reused=True)
    score.fail(Failure.LOST)
    assert score.heard == ["ask ai", "open ai", "ask ai", "refuse upstream_lost"]


# Limits...


def test_a_caller_above_its_rate_is_told_when_to_come_again_and_nobody_is_asked() -> None:
    rate = Rate(Place(PlaceKind.HEADER, "x-user"), per_second=0.5, burst=1)
    score = Score(snapshot=Snapshot(1, (), limits=Limits(rate=rate)))
    for _ in range(2):
        score.play(GET, b"x-user: a")
        score.reply_if_asked()
    score.play(GET, b"x-user: b")
    assert score.heard == [
        "ask ai", "send 200", "keep", "count rate_limited", "refuse rate_limited", "ask ai",
    ]  # fmt: skip
    assert score.refused_until == 2


def test_who_brings_no_key_is_counted_by_address() -> None:
    rate = Rate(Place(PlaceKind.HEADER, "x-user"), per_second=0.5, burst=1)
    score = Score(snapshot=Snapshot(1, (), limits=Limits(rate=rate)))
    for _ in range(2):
        score.play(GET)
        score.reply_if_asked()
    assert score.heard[-1] == "refuse rate_limited"


# Backpressure...


def test_a_slow_client_holds_its_backend_back_and_the_other_way_round() -> None:
    score = Score()
    exchange = score.play(GET)
    exchange.on_client_writable(False)
    exchange.on_client_writable(True)
    exchange.on_upstream_writable(False)
    exchange.on_upstream_writable(True)
    assert score.heard == ["ask ai", "pause ai", "resume ai", "pause client", "resume client"]
