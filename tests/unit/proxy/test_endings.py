from dataclasses import replace

import pytest

from router.routing.fallback import Failure
from tests.support.score import SUPPORT, TO_LEGACY, Score

GET = b"GET / HTTP/1.1"
POST = b"POST /orders HTTP/1.1"
CHUNKS = b"Transfer-Encoding: chunked"


# Refused...


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


# Cut short...


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


# Left...


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
