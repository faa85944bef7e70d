from typing import Any

import pytest

from router.model import ALL, Variant
from router.proxy.shadow.copy import Copy
from router.proxy.shadow.tap import Tap
from router.routing.fallback import Failure
from tests.support.score import TO_LEGACY
from tests.support.shadow_score import CHUNKS, GET, POST, score


def test_the_other_variant_is_asked_behind_the_one_that_serves() -> None:
    played = score()
    played.play(GET, b"X-Plain: yes")
    played.reply(200, payload=b"ours")
    played.copied(200, payload=b"theirs")
    assert played.heard == ["ask ai", "ask copy of legacy", "send 200", "keep"]
    [pair] = played.pairs
    assert (pair.served, pair.ai.body, pair.legacy.body) == (Variant.AI, b"ours", b"theirs")
    assert played.shadowed == {"paired": 1}
    assert played.held == 0


def test_a_body_is_copied_when_it_is_whole() -> None:
    played = score()
    exchange = played.play(POST, b"Content-Length: 5", b"Expect: 100-continue", end=None)
    exchange.on_request_body(b"he", None)
    assert "ask copy of legacy" not in played.heard
    exchange.on_request_body(b"llo", [])
    sent = played.copies[Variant.LEGACY].sent
    assert sent.endswith(b"\r\n\r\nhello")
    assert b"content-length: 5\r\n" in sent
    assert b"expect" not in sent
    played.reply(200)
    played.copied(200)
    assert played.pairs[0].request.body == b"hello"


def test_a_body_in_chunks_is_copied_in_one_with_its_trailers() -> None:
    played = score()
    exchange = played.play(POST, CHUNKS, end=None)
    exchange.on_request_body(b"he", None)
    exchange.on_request_body(b"llo", [(b"x-sum", b"1")])
    sent = played.copies[Variant.LEGACY].sent
    assert sent.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n")


def test_some_are_asked_twice_on_both_sides() -> None:
    played = score(repeat=ALL)
    played.play(GET)
    played.reply(200, payload=b"1")
    # One connection double stands for all three: the last that held it was AI's, then legacy's.
    assert played.heard.count("ask copy of legacy") == 2
    assert played.heard.count("ask copy of ai") == 1
    assert played.counts.copies == {"legacy": 2, "ai": 1}


def test_a_stream_is_captured_as_it_passes() -> None:
    played = score()
    played.play(GET)
    played.reply(200, CHUNKS, payload=b"a", end=None)
    played.go_on(b"b")
    played.copied(200, CHUNKS, payload=b"c", end=None)
    played.go_on(b"c", [])
    holder = played.copies[Variant.LEGACY].holder
    assert holder is not None
    holder.on_reply_body(b"d", [])
    [pair] = played.pairs
    assert (pair.ai.body, pair.legacy.body) == (b"abc", b"cd")
    assert played.heard[:4] == ["ask ai", "ask copy of legacy", "send 200", "send body"]


def test_what_is_beyond_the_limit_is_told_by_size_and_hash() -> None:
    played = score(max_body=4)
    played.play(GET)
    played.reply(200, payload=b"12345")
    played.copied(200, payload=b"12345")
    [pair] = played.pairs
    assert (pair.ai.body, pair.ai.size, len(pair.ai.digest)) == (b"", 5, 16)
    assert pair.ai.digest == pair.legacy.digest
    assert played.held == 0


@pytest.mark.parametrize(
    ("settings", "lines", "payload", "reason"),
    [
        ({"methods": ("GET",)}, (POST, b"Content-Length: 2"), b"ab", "unsafe_method"),
        ({"max_body": 4}, (POST, b"Content-Length: 5"), b"12345", "too_large"),
        ({"max_body": 4}, (POST, CHUNKS), b"12345", "too_large"),
        ({"max_concurrency": 0}, (GET,), b"", "queue_full"),
        ({"cost_per_hour": 0.0}, (GET,), b"", "budget"),
    ],
)
def test_who_cannot_be_copied_is_counted_with_the_reason(
    settings: dict[str, Any], lines: tuple[bytes, ...], payload: bytes, reason: str
) -> None:
    played = score(**settings)
    played.play(*lines, payload=payload)
    played.reply(200, payload=b"ours")
    assert played.shadowed == {reason: 1}
    assert played.answer.endswith(b"ours")
    assert "ask copy of legacy" not in played.heard
    assert played.held == 0


def test_ai_gets_no_copy_without_a_lease_or_after_a_rollback() -> None:
    for has_lease, is_valid in ((False, True), (True, False)):
        played = score(TO_LEGACY)
        played.has_lease = has_lease
        played.permit.is_valid = is_valid
        played.play(GET)
        assert played.heard == ["ask legacy"]
        assert played.shadowed == {"stopped": 1}


def test_a_rollback_ends_copies_to_ai_and_no_others() -> None:
    played = score(TO_LEGACY)
    played.play(GET)
    played.permit.is_valid = False
    played.taps.stop()
    assert played.heard == ["ask legacy", "ask copy of ai", "abandon copy of ai"]
    assert played.shadowed == {"stopped": 1}
    played = score()
    played.play(GET)
    played.permit.is_valid = False
    played.taps.stop()
    played.copied(200)
    played.reply(200)
    assert played.shadowed == {"paired": 1}


def test_a_client_that_leaves_takes_its_copy_along() -> None:
    played = score()
    exchange = played.play(GET)
    exchange.on_client_gone()
    assert played.shadowed == {"client_gone": 1}
    assert "abandon copy of legacy" in played.heard


def test_a_primary_that_fails_takes_its_copy_along() -> None:
    played = score()
    played.play(GET)
    played.fail(Failure.TIMED_OUT)
    assert played.shadowed == {"primary_failed": 1}
    assert played.heard[-2:] == ["abandon copy of legacy", "refuse upstream_timeout"]


def test_a_primary_that_answers_before_it_has_heard_all_is_not_compared() -> None:
    played = score()
    played.play(POST, CHUNKS, payload=b"a", end=None)
    played.reply(413)
    assert played.shadowed == {"primary_failed": 1}


@pytest.mark.parametrize("step", ["_send_copies", "_take_reply", "_go_on"])
def test_whatever_breaks_on_our_side_the_user_is_answered(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("ours")

    played = score()
    monkeypatch.setattr(Tap, step, breaks)
    played.play(GET)
    played.reply(200, payload=b"ours")
    assert played.answer.endswith(b"ours")
    assert played.heard[-2:] == ["send 200", "keep"]
    assert played.shadowed == {"shadow_error": 1}
    assert [str(error) for error in played.errors] == ["ours"]
    assert played.held == 0


@pytest.mark.parametrize("step", ["_take", "_lose"])
def test_whatever_breaks_in_a_copy_ends_its_tap_alone(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("ours")

    played = score()
    monkeypatch.setattr(Copy, step, breaks)
    played.play(GET)
    if step == "_take":
        played.copied(200, payload=b"theirs")
    else:
        played.copy_fails(Failure.LOST)
    played.reply(200, payload=b"ours")
    assert played.heard[-2:] == ["send 200", "keep"]
    assert played.shadowed == {"shadow_error": 1}
    assert [str(error) for error in played.errors] == ["ours"]


def test_where_not_all_can_be_sent_one_pair_stands_for_others() -> None:
    played = score()
    played.level = 1
    for _ in range(4):
        played.play(GET)
        played.copied(200, payload=b"theirs")
        played.reply(200, payload=b"ours")
    assert [pair.weight for pair in played.pairs] == [2, 2]
    assert played.shadowed == {"paired": 4}
    assert played.held == 0


def test_what_is_kept_is_on_the_worker_s_account_until_the_pair_is_made() -> None:
    played = score()
    played.play(POST, b"Content-Length: 3", payload=b"abc")
    played.reply(200, payload=b"12345")
    assert played.held == 8
    played.copied(200, payload=b"12")
    assert played.held == 0


def test_what_does_not_fit_is_not_compared() -> None:
    played = score(buffers=4)
    played.play(GET)
    played.reply(200, payload=b"12345")
    assert played.heard == [
        "ask ai",
        "ask copy of legacy",
        "abandon copy of legacy",
        "send 200",
        "keep",
    ]
    assert played.shadowed == {"queue_full": 1}
    assert played.held == 0


def test_who_serves_users_takes_the_room_from_what_is_only_compared() -> None:
    played = score()
    played.play(GET)
    played.reply(200, payload=b"12345")
    played.taps.give_way(1)
    assert played.held == 0
    assert played.shadowed == {"queue_full": 1}


def test_what_ai_s_answers_to_copies_cost_is_paid_from_their_purse() -> None:
    played = score(TO_LEGACY, cost_per_hour=0.01)
    for _ in range(2):
        played.play(GET)
        played.reply(200)
        if played.copies[Variant.AI].holder is not None:
            played.copied(200, b"X-Gray-Cost-Usd: 0.01", b"Content-Length: 0", variant=Variant.AI)
    assert played.shadowed == {"paired": 1, "budget": 1}
    assert played.counts.copy_cost == 10_000_000
