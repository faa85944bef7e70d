"""Exchanges for requests that another proxy has copied: nobody serves them, both are asked."""

from dataclasses import replace

from router.model import Variant
from router.routing.snapshot import Match
from tests.support.score import SUPPORT, Score
from tests.support.shadow_score import CHUNKS, COPIED, GET, POST


def mirrored() -> Score:
    service = replace(
        SUPPORT, is_mirrored=True, shadow=COPIED, match=Match(hosts=("a.example.com",))
    )
    return Score(service=service, now=100.0)


def played(*lines: bytes, payload: bytes = b"", whole: bool = True) -> Score:
    score = mirrored()
    score.play(*lines, payload=payload, end=[] if whole else None, host=b"a.example.com-shadow:80")
    return score


def test_both_variants_are_asked_and_whoever_made_the_copy_gets_nothing() -> None:
    score = played(GET)
    assert score.heard == ["ask copy of legacy", "ask copy of ai", "send 204", "keep"]
    score.copied(200, payload=b"1")
    score.copied(200, payload=b"2", variant=Variant.AI)
    [pair] = score.pairs
    assert (pair.served, pair.legacy.body, pair.ai.body) == (None, b"1", b"2")
    assert score.shadowed == {"paired": 1}


def test_the_host_is_again_what_it_was_before_the_mirror() -> None:
    score = played(GET)
    assert b"host: a.example.com:80\r\n" in score.copies[Variant.AI].sent


def test_a_body_is_read_to_its_end_before_it_is_copied() -> None:
    score = played(POST, CHUNKS, b"Expect: 100-continue", payload=b"he", whole=False)
    assert score.heard == ["send 100"]
    score.exchange.on_request_body(b"llo", [])
    assert score.copies[Variant.AI].sent.endswith(b"5\r\nhello\r\n0\r\n\r\n")
    assert score.heard[-2:] == ["send 204", "keep"]
    assert score.held == 5


def test_a_body_that_is_too_large_is_dropped_and_counted() -> None:
    score = played(POST, CHUNKS, payload=b"x" * 200_000, whole=False)
    score.exchange.on_request_body(b"x" * 200_000, None)
    assert score.shadowed == {"too_large": 1}
    assert score.held == 0
    score.exchange.on_request_body(b"x", [])
    assert score.heard == ["send 204", "keep"]


def test_a_mirror_that_hangs_up_midway_is_counted() -> None:
    score = played(POST, CHUNKS, payload=b"x", whole=False)
    score.exchange.on_client_gone()
    assert score.shadowed == {"client_gone": 1}


def test_a_mirror_is_told_where_its_connection_ends() -> None:
    score = mirrored()
    score.draining = True
    score.play(GET, host=b"a.example.com")
    assert score.heard[-1] == "close"
    assert b"connection: close\r\n" in score.answer


def test_what_no_service_wants_is_refused() -> None:
    score = mirrored()
    score.play(GET, host=b"b.example.com")
    assert score.heard == ["count no_route", "refuse no_route"]
