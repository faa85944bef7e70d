from dataclasses import replace

from router.http1.replies import BAD_REQUEST
from router.model import Variant
from router.routing.snapshot import Place, PlaceKind, Split
from tests.support.score import SUPPORT, Score
from tests.support.shadow_score import CHUNKS, GET, POST, score

MIRRORED = replace(SUPPORT, is_mirrored=True)
LENGTH = b"Content-Length: 5"


def test_a_mirrored_request_is_thanked_for_at_once_and_asked_of_both() -> None:
    played = score(MIRRORED)
    played.play(GET)
    assert played.heard == ["ask copy of legacy", "ask copy of ai", "send 204", "keep"]
    assert played.answer == b"HTTP/1.1 204 No Content\r\ndate: today\r\nx-request-id: id-1\r\n\r\n"
    played.copied(200, payload=b"theirs", variant=Variant.AI)
    played.copied(200, payload=b"ours")
    [pair] = played.pairs
    assert (pair.served, pair.legacy.body, pair.ai.body) == (None, b"ours", b"theirs")
    assert played.shadowed == {"paired": 1}


def test_its_body_is_taken_as_it_comes_and_told_to_both() -> None:
    played = score(MIRRORED)
    exchange = played.play(POST, CHUNKS, b"Expect: 100-continue", payload=b"he", end=None)
    assert played.heard == ["send 100"]
    exchange.on_request_body(b"llo", [])
    assert played.heard[1:] == ["ask copy of legacy", "ask copy of ai", "send 204", "keep"]
    assert b"5\r\nhello\r\n0\r\n" in played.copies[Variant.AI].sent


def test_what_is_not_drawn_is_thanked_for_all_the_same() -> None:
    for played in (score(MIRRORED, share=0), Score(service=MIRRORED), score(MIRRORED, methods=())):
        played.play(GET)
        assert played.heard == ["send 204", "keep"]


def test_a_body_beyond_what_is_kept_is_read_and_forgotten() -> None:
    played = score(MIRRORED, max_body=4)
    exchange = played.play(POST, CHUNKS, payload=b"hello", end=None)
    assert played.shadowed == {"too_large": 1}
    exchange.on_request_body(b"world" * 1000, None)
    assert played.held == 0
    exchange.on_request_body(b"", [])
    assert played.heard == ["send 204", "keep"]


def test_who_leaves_before_the_end_of_a_body_is_asked_of_nobody() -> None:
    played = score(MIRRORED)
    played.play(POST, LENGTH, payload=b"he", end=None).on_client_gone()
    assert played.heard == []
    assert played.shadowed == {"client_gone": 1}
    assert played.held == 0


def test_a_body_that_is_none_is_refused_and_asked_of_nobody() -> None:
    played = score(MIRRORED)
    played.play(POST, CHUNKS, payload=b"he", end=None).refuse_midway(BAD_REQUEST)
    assert played.heard == ["count malformed_request", "refuse malformed_request and close"]
    assert played.shadowed == {"primary_failed": 1}


def test_a_key_in_the_body_changes_nothing() -> None:
    keyed = Split("s", keys=(Place(PlaceKind.JSON, "/user"),))
    played = score(replace(MIRRORED, split=keyed, replay_buffer=64))
    exchange = played.play(POST, LENGTH, payload=b"he", end=None)
    exchange.on_request_body(b"llo", [])
    assert played.heard == ["ask copy of legacy", "ask copy of ai", "send 204", "keep"]


def test_http_1_0_and_a_router_that_drains_keep_no_connection_unasked() -> None:
    old = score(MIRRORED)
    old.play(b"GET /x HTTP/1.0", b"Connection: keep-alive")
    assert b"connection: keep-alive\r\n" in old.answer
    assert old.heard[-1] == "keep"
    ending = score(MIRRORED)
    ending.draining = True
    ending.play(GET)
    assert b"connection: close\r\n" in ending.answer
    assert ending.heard[-1] == "close"


def test_services_beside_mirrored_ones_serve_as_ever() -> None:
    played = score(MIRRORED)
    played.service = SUPPORT
    exchange = played.play(POST, LENGTH, payload=b"he", end=None)
    exchange.on_request_body(b"llo", [])
    played.reply(200)
    assert played.heard[-2:] == ["send 200", "keep"]
