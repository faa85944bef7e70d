import pytest

from router.model import Variant
from router.routing.snapshot import Limits, Snapshot
from tests.support.score import Score

GET = b"GET / HTTP/1.1"
POST = b"POST /orders HTTP/1.1"
CHUNKS = b"Transfer-Encoding: chunked"


# Sent...


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


# Held...


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
    assert score.heard == ["open ai", "give way 2", "forget ai", "refuse buffers_full and close"]
    assert score.held == 0
    assert score.codes == {"ai": {503: 1}}


def test_a_body_that_is_sent_at_once_is_on_nobodys_account() -> None:
    score = Score(snapshot=Snapshot(1, (), limits=Limits(buffers=0)))
    score.play(POST, b"Content-Length: 4", payload=b"1234")
    assert score.heard[-1] == "ask ai"
    assert score.held == 0
