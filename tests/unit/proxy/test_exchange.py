from dataclasses import replace

import pytest

from router.model import ALL, Variant
from router.proxy.exchange import HELD_AT_MOST
from router.routing.fallback import Failure
from router.routing.snapshot import (
    AccessLog,
    CookiePolicy,
    HeaderPolicy,
    Limits,
    Match,
    Place,
    PlaceKind,
    Rate,
    Service,
    Snapshot,
    Split,
)
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


def test_chunks_are_written_anew_with_their_trailers() -> None:
    score = Score()
    exchange = score.play(POST, CHUNKS, payload=b"hello", end=None)
    exchange.on_request_body(b"", [(b"X-Sum", b"9"), (b"X-Gray-Shadow", b"1")])
    assert score.backends[Variant.AI].sent.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n")


@pytest.mark.parametrize("kept", [True, False])
def test_a_chunked_body_without_a_byte_has_its_end(kept: bool) -> None:
    score = Score(kept=kept)
    score.play(POST, CHUNKS, end=[(b"X-Sum", b"0")])
    if not kept:
        score.connect()
    assert score.heard[-1] == "ask ai"
    assert score.backends[Variant.AI].sent.endswith(b"\r\n\r\n0\r\nX-Sum: 0\r\n\r\n")


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


def test_legacy_has_nobody_behind_it() -> None:
    score = Score(service=TO_LEGACY, kept=False)
    score.play(GET)
    score.fail(Failure.UNREACHABLE)
    assert score.heard == ["open legacy", "refuse upstream_unreachable"]
    assert score.decided == b"x-gray-revision: 0\r\n"
    assert score.codes == {"legacy": {502: 1}}


@pytest.mark.parametrize(
    ("failure", "code", "status"),
    [
        (Failure.UNREACHABLE, "upstream_unreachable", 502),
        (Failure.CONNECT_TIMEOUT, "upstream_connect_timeout", 504),
        (Failure.BUSY, "upstream_busy", 503),
        (Failure.LOST, "upstream_lost", 502),
        (Failure.TIMED_OUT, "upstream_timeout", 504),
        (Failure.MALFORMED, "upstream_malformed", 502),
    ],
)
def test_every_failure_has_its_answer(failure: Failure, code: str, status: int) -> None:
    score = Score(service=replace(SUPPORT, fall_back_on_connect=False), kept=False)
    score.play(GET)
    score.fail(failure)
    assert score.heard == ["open ai", f"refuse {code}"]
    assert score.codes == {"ai": {status: 1}}


# Respond...


def test_an_answer_that_breaks_off_is_never_taken_for_whole() -> None:
    score = Score()
    score.play(GET)
    score.reply(200, b"Content-Length: 9", payload=b"half", end=None)
    score.fail(Failure.LOST)
    assert score.heard == ["ask ai", "send 200", "break off"]
    assert score.codes == {"ai": {200: 1}}


def test_an_answer_that_only_the_connection_ends_breaks_off_with_a_reset() -> None:
    score = Score()
    score.play(b"GET / HTTP/1.0")
    score.reply(200, CHUNKS, payload=b"half", end=None)
    score.fail(Failure.LOST)
    assert score.heard == ["ask ai", "send 200", "reset"]


def test_an_answer_without_a_length_is_chunked_for_those_who_know_chunks() -> None:
    score = Score()
    score.play(GET)
    score.reply(200, CHUNKS, payload=b"one", end=None)
    score.go_on(b"two", [(b"X-Sum", b"9")])
    assert score.heard == ["ask ai", "send 200", "send body", "keep"]
    assert score.answer.endswith(b"3\r\none\r\n3\r\ntwo\r\n0\r\nX-Sum: 9\r\n\r\n")


def test_the_end_of_such_an_answer_ends_the_connection_of_an_http10_client() -> None:
    score = Score()
    score.play(b"GET / HTTP/1.0", b"Connection: keep-alive")
    score.reply(200, CHUNKS, payload=b"one", end=[])
    assert score.heard == ["ask ai", "send 200", "close"]
    assert score.answer.endswith(b"\r\n\r\none")
    assert b"connection: close\r\n" in score.answer


def test_an_http10_client_that_asks_for_it_is_kept() -> None:
    score = Score()
    score.play(b"GET / HTTP/1.0", b"Connection: keep-alive")
    score.reply(200, payload=b"one")
    assert score.heard[-1] == "keep"
    assert b"connection: keep-alive\r\n" in score.answer


def test_a_worker_that_drains_ends_the_connection_with_the_answer() -> None:
    score = Score(draining=True)
    score.play(GET)
    score.reply(200)
    assert score.heard[-1] == "close"
    assert b"connection: close\r\n" in score.answer


def test_an_answer_before_the_end_of_the_request_ends_the_connection() -> None:
    score = Score()
    score.play(POST, LENGTH, payload=b"he", end=None)
    score.reply(413, payload=b"")
    assert score.heard[-1] == "close"


@pytest.mark.parametrize(
    ("line", "expects", "status", "heard"),
    [
        (GET, [], 103, ["ask ai", "send 103"]),
        (GET, [], 100, ["ask ai"]),
        (b"GET / HTTP/1.0", [], 103, ["ask ai"]),
        (POST, [b"Expect: 100-continue", b"Content-Length: 0"], 100, ["ask ai", "send 100"]),
    ],
)
def test_an_interim_answer_goes_to_those_who_understand_it(
    line: bytes, expects: list[bytes], status: int, heard: list[str]
) -> None:
    score = Score()
    score.play(line, *expects)
    score.exchange.on_interim(score.head(status))
    assert score.heard == heard


def test_a_caller_without_a_key_is_given_a_cookie_and_nobody_else() -> None:
    split = Split("s", cookie=CookiePolicy("gray_id", 60))
    score = Score(service=replace(SUPPORT, split=split), secure=True)
    score.play(GET)
    score.reply(200)
    cookie = b"set-cookie: gray_id=%b; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure\r\n"
    assert cookie % (b"0" * 32) in score.answer
    again = Score(service=score.service)
    again.play(GET, b"Cookie: gray_id=" + b"a" * 32)
    again.reply(200)
    assert b"set-cookie" not in again.answer


def test_a_split_answer_is_kept_out_of_shared_caches_where_that_is_asked_for() -> None:
    private = replace(SUPPORT, split=Split("s", cache_private=True))
    for service, line in ((private, b"private, max-age=9"), (SUPPORT, b"public, max-age=9")):
        score = Score(service=service)
        score.play(GET)
        score.reply(200, b"Cache-Control: public, max-age=9", b"Content-Length: 0")
        assert b"cache-control: %b\r\n" % line in score.answer


# Limits...


def test_a_body_that_grows_beyond_the_limit_is_cut_off() -> None:
    score = Score(snapshot=Snapshot(1, (), limits=Limits(body=4)))
    exchange = score.play(POST, CHUNKS, payload=b"1234", end=None)
    exchange.on_request_body(b"5", None)
    assert score.heard[-2:] == ["abandon ai", "refuse body_too_large and close"]
    assert score.codes == {"ai": {413: 1}}


def test_a_body_beyond_the_limit_asks_nobody() -> None:
    score = Score(snapshot=Snapshot(1, (), limits=Limits(body=4)))
    score.play(POST, CHUNKS, payload=b"12345")
    assert score.heard == ["count body_too_large", "refuse body_too_large and close"]
    assert score.codes == {}


def test_such_a_body_breaks_off_an_answer_that_has_begun() -> None:
    score = Score(snapshot=Snapshot(1, (), limits=Limits(body=4)))
    exchange = score.play(POST, CHUNKS, payload=b"1234", end=None)
    score.reply(200, b"Content-Length: 9", payload=b"half", end=None)
    exchange.on_request_body(b"5", None)
    assert score.heard[-2:] == ["abandon ai", "break off"]
    assert score.codes == {"ai": {413: 1}}


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


def test_a_body_that_waits_is_held_on_the_workers_account_until_it_is_sent() -> None:
    score = Score(kept=False)
    exchange = score.play(POST, b"Content-Length: 8", payload=b"1234", end=None)
    assert score.held == 4
    exchange.on_request_body(b"5678", [])
    assert score.held == 8
    score.connect()
    assert score.held == 0


def test_a_body_that_waits_while_the_worker_holds_too_much_is_refused() -> None:
    score = Score(kept=False, snapshot=Snapshot(1, (), limits=Limits(buffers=6)))
    exchange = score.play(POST, b"Content-Length: 8", payload=b"1234", end=None)
    exchange.on_request_body(b"5678", [])
    assert score.heard == ["open ai", "forget ai", "refuse buffers_full and close"]
    assert score.held == 0
    assert score.codes == {"ai": {503: 1}}


def test_a_body_that_is_sent_at_once_is_on_nobodys_account() -> None:
    score = Score(snapshot=Snapshot(1, (), limits=Limits(buffers=0)))
    score.play(POST, b"Content-Length: 4", payload=b"1234")
    assert score.heard[-1] == "ask ai"
    assert score.held == 0


# Log...


def logging(log: AccessLog, *, service: Service = SUPPORT, kept: bool = True) -> Score:
    return Score(service, Snapshot(1, (), access_log=log), kept)


def test_what_went_well_is_logged_only_where_all_is() -> None:
    for log, lines in ((AccessLog.OFF, 0), (AccessLog.ERRORS, 0), (AccessLog.ALL, 1)):
        score = logging(log)
        score.play(GET)
        score.reply(200)
        assert len(score.logged) == lines


def test_a_failure_is_logged_with_its_side_and_endpoint() -> None:
    score = logging(AccessLog.ERRORS)
    score.play(GET)
    score.fail(Failure.TIMED_OUT)
    [entry] = score.logged
    assert (entry.status, entry.error, entry.fault) == (504, "upstream_timeout", "ai")
    assert (entry.service, entry.variant, entry.reason) == ("support", "ai", "random")
    assert (entry.method, entry.endpoint) == (b"GET", b"127.0.0.1:9")


def test_a_fallback_an_answer_cut_short_and_a_client_that_left_are_logged() -> None:
    fell_back = logging(AccessLog.ERRORS, kept=False)
    fell_back.play(GET)
    fell_back.fail(Failure.UNREACHABLE)
    fell_back.connect(Variant.LEGACY)
    fell_back.reply(200)
    assert [(e.variant, e.fallback, e.status) for e in fell_back.logged] == [
        ("legacy", b"connect", 200)
    ]
    cut = logging(AccessLog.ERRORS)
    cut.play(GET)
    cut.reply(200, b"Content-Length: 9", payload=b"half", end=None)
    cut.fail(Failure.LOST)
    assert [(e.error, e.fault) for e in cut.logged] == [("cut", "ai")]
    gone = logging(AccessLog.ERRORS)
    gone.play(GET).on_client_gone()
    assert [(e.status, e.fault) for e in gone.logged] == [(499, "client")]


def test_a_method_that_the_client_made_up_is_not_repeated_in_the_log() -> None:
    score = logging(AccessLog.ALL)
    score.play(b"SECRET / HTTP/1.1")
    score.reply(200)
    assert score.logged[0].method == b"other"


# Tunnel...


def test_a_tunnel_passes_bytes_and_each_side_may_end_its_half() -> None:
    score = Score(snapshot=Snapshot(1, (), headers=HeaderPolicy()))
    exchange = score.play(GET, b"Connection: upgrade", b"Upgrade: websocket")
    assert exchange.wants_upgrade
    exchange.on_upgraded(score.head(101, b"Upgrade: websocket"), b"\x81\x00")
    exchange.on_tunnel_bytes(b"\x81\x01a")
    assert exchange.on_upstream_eof()
    assert not exchange.on_client_eof()
    exchange.on_client_gone()
    assert score.heard == [
        "ask ai", "send 101", "tunnel", "tell ai more", "end to client", "abandon ai",
    ]  # fmt: skip
    assert b"connection: upgrade\r\nupgrade: websocket\r\n" in score.answer
    assert score.answer.endswith(b"\r\n\r\n\x81\x00")
    assert score.codes == {"ai": {101: 1}}


def test_a_tunnel_ends_when_both_sides_have() -> None:
    score = Score()
    exchange = score.play(GET, b"Connection: upgrade", b"Upgrade: websocket")
    exchange.on_upgraded(score.head(101, b"Upgrade: websocket"), b"")
    assert exchange.on_client_eof()
    assert not exchange.on_upstream_eof()
    assert score.heard == ["ask ai", "send 101", "tunnel", "end to ai"]


def test_a_tunnel_that_is_lost_ends_in_order() -> None:
    score = Score()
    exchange = score.play(GET, b"Connection: upgrade", b"Upgrade: websocket")
    exchange.on_upgraded(score.head(101, b"Upgrade: websocket"), b"")
    score.fail(Failure.LOST)
    assert score.heard[-1] == "break off"
    assert score.codes == {"ai": {101: 1}}


# Backpressure...


def test_a_slow_client_holds_its_backend_back_and_the_other_way_round() -> None:
    score = Score()
    exchange = score.play(GET)
    exchange.on_client_writable(False)
    exchange.on_client_writable(True)
    exchange.on_upstream_writable(False)
    exchange.on_upstream_writable(True)
    assert score.heard == ["ask ai", "pause ai", "resume ai", "pause client", "resume client"]


# Record...


def test_a_client_that_left_costs_its_backend_nothing_more() -> None:
    score = Score()
    score.play(GET).on_client_gone()
    assert score.heard == ["ask ai", "abandon ai"]
    assert score.codes == {"ai": {499: 1}}


def test_a_client_that_left_while_it_waited_is_taken_out_of_the_queue() -> None:
    score = Score(kept=False)
    score.play(GET).on_client_gone()
    assert score.heard == ["open ai", "forget ai"]
    assert score.codes == {"ai": {499: 1}}


def test_both_times_are_counted_from_the_head_of_the_request() -> None:
    score = Score()
    score.play(GET)
    score.now = 0.25
    score.reply(200, b"Content-Length: 2", payload=b"o", end=None)
    score.now = 0.75
    score.go_on(b"k", [])
    _, ai = score.counts.variants
    assert ai.first_byte_sum == pytest.approx(0.25)
    assert ai.duration_sum == pytest.approx(0.75)
