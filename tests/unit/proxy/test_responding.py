import pytest

from tests.support.score import Score

GET = b"GET / HTTP/1.1"
POST = b"POST /orders HTTP/1.1"
LENGTH = b"Content-Length: 5"
CHUNKS = b"Transfer-Encoding: chunked"


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
