import pytest

from router.compare.pair import Loss
from router.model import ALL, Variant
from router.routing.fallback import Failure
from router.routing.snapshot import Breaker
from tests.support.shadow_score import CHUNKS, GET, POST, score


def test_a_large_body_is_not_put_together_with_its_head() -> None:
    played = score()
    played.play(POST, b"Content-Length: 20000", payload=b"x" * 20_000)
    assert played.heard[-2:] == ["ask copy of legacy more", "tell copy of legacy"]


def test_an_answer_that_is_too_large_to_be_kept_is_read_at_a_pace() -> None:
    played = score(max_body=4)
    played.play(GET)
    played.copied(200, CHUNKS, payload=b"1234", end=None)
    assert played.heard[-1] == "ask copy of legacy"
    played.copies_go_on(b"5")
    assert played.heard[-1] == "pause copy of legacy"
    [read_on] = played.later
    read_on()
    assert played.heard[-1] == "resume copy of legacy"


def test_a_pause_that_is_over_resumes_nobody_else_s_connection() -> None:
    played = score(max_body=4)
    played.play(GET)
    played.copied(200, CHUNKS, payload=b"12345", end=None)
    played.copies_go_on(b"", end=[])
    played.later[0]()
    assert "resume copy of legacy" not in played.heard


def test_a_variant_whose_copies_fail_is_left_alone() -> None:
    played = score(breaker=Breaker(min_requests=1))
    played.play(GET)
    played.copy_fails(Failure.MALFORMED)
    played.reply(200)
    played.play(GET)
    played.reply(200)
    assert played.shadowed == {"shadow_error": 1, "breaker_open": 1}


def test_a_breaker_that_tries_again_lets_one_pass_and_no_repeated_one() -> None:
    played = score(breaker=Breaker(min_requests=1, open_for=30.0), repeat=ALL)
    played.play(GET)
    played.copy_fails(Failure.MALFORMED)
    played.reply(200)
    played.heard.clear()
    played.now += 31.0
    played.play(GET)
    assert played.heard.count("ask copy of legacy") == 1
    played.copied(200)
    played.copied(200, variant=Variant.AI)
    played.reply(200)
    played.heard.clear()
    played.play(GET)
    assert played.heard.count("ask copy of legacy") == 2


@pytest.mark.parametrize(
    ("failure", "reason", "loss"),
    [
        (Failure.UNREACHABLE, "shadow_error", Loss.UNREACHABLE),
        (Failure.CONNECT_TIMEOUT, "shadow_timeout", Loss.UNREACHABLE),
        (Failure.LOST, "shadow_error", Loss.LOST),
        (Failure.TIMED_OUT, "shadow_timeout", Loss.TIMEOUT),
        (Failure.MALFORMED, "shadow_error", Loss.MALFORMED),
    ],
)
def test_a_copy_that_fails_is_counted_and_told_as_a_loss(
    failure: Failure, reason: str, loss: Loss
) -> None:
    played = score()
    played.play(GET)
    played.copy_fails(failure)
    played.reply(200, payload=b"ours")
    assert played.heard == ["ask ai", "ask copy of legacy", "send 200", "keep"]
    assert played.shadowed == {reason: 1}
    [pair] = played.pairs
    assert (pair.legacy.loss, pair.ai.loss) == (loss, None)
    assert played.counts.copies == {"legacy": 0}


def test_a_copy_that_finds_no_place_is_given_up() -> None:
    played = score()
    played.play(GET)
    played.copy_fails(Failure.BUSY)
    played.reply(200)
    assert played.shadowed == {"queue_full": 1}
    assert played.pairs == []


def test_a_copy_that_takes_too_long_is_left() -> None:
    played = score(timeout=30.0)
    played.play(GET)
    played.reply(200, payload=b"ours")
    played.pass_time(30.0)
    assert played.heard[-1] == "abandon copy of legacy"
    assert played.shadowed == {"shadow_timeout": 1}
    assert (played.held, played.pairs[0].legacy.seconds) == (0, 30.0)


def test_an_endless_copy_is_left_when_its_time_is_over() -> None:
    played = score(timeout=30.0, max_body=4)
    played.play(GET)
    played.reply(200)
    played.copied(200, CHUNKS, payload=b"x" * 100, end=None)
    assert played.held == 0
    played.pass_time(30.0)
    assert played.shadowed == {"shadow_timeout": 1}


def test_a_copy_that_is_still_waiting_for_a_connection_takes_too_long_as_well() -> None:
    played = score(timeout=30.0)
    played.copies[Variant.LEGACY].is_kept = False
    played.play(GET)
    played.reply(200)
    played.pass_time(30.0)
    assert played.heard[-1] == "forget copy of legacy"
    assert played.shadowed == {"shadow_timeout": 1}
