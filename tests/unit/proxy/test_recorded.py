import pytest

from router.model import Variant
from router.routing.fallback import Failure
from router.routing.snapshot import AccessLog, Service, Snapshot
from tests.support.score import SUPPORT, Score

GET = b"GET / HTTP/1.1"
POST = b"POST /orders HTTP/1.1"


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


# Count...


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
