import pytest

from router.http1.event_stream import ROLLED_BACK_EVENT
from router.http1.websocket import SERVICE_RESTART, close_frame
from router.model import Variant
from router.proxy.exchange import Exchange
from router.routing.fallback import Failure
from tests.support.score import Score
from tests.unit.proxy.test_tunnel import tunnel

MASK = b"\x01\x02\x03\x04"
CLOSE = close_frame(SERVICE_RESTART)
LAST_EVENT = b"%x\r\n%b\r\n0\r\n\r\n" % (len(ROLLED_BACK_EVENT), ROLLED_BACK_EVENT)
EVENTS = b"Content-Type: Text/Event-Stream; charset=utf-8"
CHUNKED = b"Transfer-Encoding: chunked"


def stream(
    score: Score, *lines: bytes, payload: bytes = b"", asked: bytes = b"GET / HTTP/1.1"
) -> Exchange:
    """Have AI begin an event stream."""
    exchange = score.play(asked)
    score.reply(200, *(lines or (EVENTS, CHUNKED)), payload=payload, end=None)
    return exchange


# Event streams...


def test_an_event_stream_ends_with_an_event_that_says_why() -> None:
    score = Score()
    assert not stream(score, payload=b"data: 1\n\n").wind_up(MASK)
    assert score.heard == ["ask ai", "send 200", "abandon ai", "send body", "close"]
    assert score.answer.endswith(b"9\r\ndata: 1\n\n\r\n" + LAST_EVENT)
    assert [entry.error for entry in score.logged] == ["rolled_back"]
    assert score.codes == {"ai": {200: 1}}


def test_an_event_that_has_begun_is_waited_for() -> None:
    score = Score()
    assert stream(score, payload=b"data: 1").wind_up(MASK)
    score.go_on(b"2\n")
    assert "close" not in score.heard
    score.go_on(b"\ndata: 3\n\n")
    assert score.heard[-3:] == ["abandon ai", "send body", "close"]
    whole = b"\n" + ROLLED_BACK_EVENT
    assert score.answer.endswith(b"%x\r\n%b\r\n0\r\n\r\n" % (len(whole), whole))


def test_an_event_that_does_not_end_is_not_waited_for_twice() -> None:
    score = Score()
    exchange = stream(score, payload=b"data: 1")
    assert exchange.wind_up(MASK)
    assert not exchange.wind_up(MASK)
    assert score.answer.endswith(b"7\r\ndata: 1\r\n0\r\n\r\n")
    assert score.heard[-3:] == ["abandon ai", "send body", "close"]


def test_the_backends_own_end_is_no_other_for_being_waited_for() -> None:
    score = Score()
    assert stream(score, payload=b"data: 1").wind_up(MASK)
    score.go_on(b"\n\n", [])
    assert score.heard[-2:] == ["send body", "keep"]
    assert score.answer.endswith(ROLLED_BACK_EVENT + b"\r\n0\r\n\r\n")


def test_a_stream_to_http10_ends_with_the_event_and_its_connection() -> None:
    score = Score()
    stream(score, payload=b"data: 1\n\n", asked=b"GET / HTTP/1.0").wind_up(MASK)
    assert score.answer.endswith(b"data: 1\n\n" + ROLLED_BACK_EVENT)
    assert score.heard[-1] == "close"


def test_within_an_event_a_stream_to_http10_breaks_off() -> None:
    score = Score()
    exchange = stream(score, payload=b"data: 1", asked=b"GET / HTTP/1.0")
    assert exchange.wind_up(MASK)
    assert not exchange.wind_up(MASK)
    assert score.heard[-2:] == ["abandon ai", "reset"]


def test_an_encoded_stream_ends_without_an_event() -> None:
    score = Score()
    assert not stream(score, EVENTS, CHUNKED, b"Content-Encoding: gzip").wind_up(MASK)
    assert score.answer.endswith(b"\r\n\r\n0\r\n\r\n")


def test_a_stream_of_a_length_breaks_off_since_nothing_can_be_added() -> None:
    score = Score()
    assert not stream(score, EVENTS, b"Content-Length: 100", payload=b"data: 1\n\n").wind_up(MASK)
    assert score.heard[-2:] == ["abandon ai", "break off"]


def test_any_other_answer_is_left_to_its_backend() -> None:
    score = Score()
    assert not stream(score, CHUNKED, payload=b"data: 1\n\n").wind_up(MASK)
    assert score.heard == ["ask ai", "send 200"]


def test_an_answer_that_has_not_begun_is_looked_at_again() -> None:
    score = Score()
    exchange = score.play(b"GET / HTTP/1.1")
    assert exchange.wind_up(MASK)
    score.reply(200, EVENTS, CHUNKED, end=None)
    assert not exchange.wind_up(MASK)
    assert score.answer.endswith(LAST_EVENT)


def test_legacys_streams_are_nobodys_business() -> None:
    score = Score(kept=False)
    exchange = score.play(b"GET / HTTP/1.1")
    assert exchange.permit is score.permit
    score.fail(Failure.UNREACHABLE)
    score.connect(Variant.LEGACY)
    assert exchange.permit is None


# Tunnels...


def test_a_websocket_is_closed_towards_both_sides() -> None:
    score = Score()
    pipe = tunnel(score, b"\x81\x00")
    pipe.on_client_bytes(b"\x81\x01a")
    assert not score.exchange.wind_up(MASK)
    assert score.heard[3:] == ["tell ai more", "tell ai more", "send body", "part with ai", "close"]
    assert score.answer.endswith(b"\x81\x00" + CLOSE)
    assert score.backends[Variant.AI].sent.endswith(b"\x81\x01a" + close_frame(1012, MASK))
    assert score.codes == {"ai": {101: 1}}
    assert [entry.error for entry in score.logged] == ["rolled_back"]


def test_a_frame_from_the_backend_that_has_begun_is_waited_for() -> None:
    score = Score()
    tunnel(score, b"\x81\x02a")
    assert score.exchange.wind_up(MASK)
    assert "close" not in score.heard
    score.go_on(b"b\x81\x01c")
    assert score.answer.endswith(b"\x81\x02ab" + CLOSE)
    assert score.heard[-2:] == ["part with ai", "close"]


def test_a_frame_from_the_client_that_has_begun_is_waited_for() -> None:
    score = Score()
    pipe = tunnel(score)
    pipe.on_client_bytes(b"\x81\x02a")
    assert score.exchange.wind_up(MASK)
    pipe.on_client_bytes(b"b\x81\x00")
    pipe.on_client_bytes(b"\x81\x00")
    assert score.backends[Variant.AI].sent.endswith(b"\x81\x02ab" + close_frame(1012, MASK))
    score.go_on(b"\x81\x00")
    assert score.answer.endswith(CLOSE)
    assert score.heard[-2:] == ["part with ai", "close"]


def test_a_frame_that_does_not_end_is_not_waited_for_twice() -> None:
    score = Score()
    tunnel(score, b"\x81\x02a")
    assert score.exchange.wind_up(MASK)
    assert not score.exchange.wind_up(MASK)
    assert score.answer.endswith(b"\x81\x02a")
    assert score.heard[-2:] == ["part with ai", "close"]


@pytest.mark.parametrize(("who", "other"), [("client", "ai"), ("backend", "client")])
def test_a_tunnel_of_which_half_has_ended_is_not_spoken_in(who: str, other: str) -> None:
    score = Score()
    pipe = tunnel(score)
    ended = pipe.on_client_eof() if who == "client" else score.exchange.on_upstream_eof()
    assert ended
    assert not score.exchange.wind_up(MASK)
    assert score.heard[-3:] == [f"end to {other}", "abandon ai", "break off"]


def test_another_protocol_is_ended_without_a_word() -> None:
    score = Score()
    exchange = score.play(b"GET / HTTP/1.1", b"Connection: upgrade", b"Upgrade: telnet")
    exchange.on_upgraded(score.head(101, b"Upgrade: telnet"), b"hi")
    assert not exchange.wind_up(MASK)
    assert score.heard[-2:] == ["part with ai", "close"]
    assert score.answer.endswith(b"hi")
