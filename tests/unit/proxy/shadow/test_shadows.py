from dataclasses import replace

import pytest

from router.model import Variant
from router.proxy.shadow.tap import Tap
from router.routing.fallback import Failure
from router.routing.snapshot import Breaker, Place, PlaceKind
from tests.support.score import SUPPORT, TO_LEGACY
from tests.support.shadow_score import CHUNKS, GET, POST, score


def test_ai_is_asked_where_legacy_serves() -> None:
    played = score(TO_LEGACY)
    played.play(GET)
    played.copied(200, payload=b"theirs", variant=Variant.AI)
    played.reply(200, payload=b"ours")
    [pair] = played.pairs
    assert (pair.served, pair.ai.body, pair.legacy.body) == (Variant.LEGACY, b"theirs", b"ours")


def test_a_copy_says_what_it_is_and_bears_no_credentials() -> None:
    played = score(keep=("cookie",), put=(("x-env", "shadow"),))
    played.play(
        GET, b"Authorization: a", b"cookie: b", b"Idempotency_Key: c", b"X-Env: live", b"X-Y: d"
    )
    sent = played.copies[Variant.LEGACY].sent
    assert sent.startswith(b"GET /x HTTP/1.1\r\nhost: a\r\ncookie: b\r\nX-Y: d\r\n")
    assert b"x-gray-shadow: 1\r\nx-request-id: id-1\r\n\r\n" in sent
    primary = played.backends[Variant.AI].sent
    assert b"Authorization: a\r\n" in primary
    assert b"x-gray-shadow" not in primary


KEYED = replace(
    SUPPORT,
    split=replace(
        SUPPORT.split,
        keys=(
            Place(PlaceKind.HEADER, "X-User-Id"),
            Place(PlaceKind.COOKIE, "uid"),
            Place(PlaceKind.HEADER, "Authorization"),
            Place(PlaceKind.HEADER, "X-Env"),
            Place(PlaceKind.CLIENT_IP),
        ),
    ),
)
"""A service that knows its callers by much of what a copy does not bear."""

BEARING = (b"X-User-Id: ada", b"Cookie: a=b; uid=kcook", b"Authorization: Bearer x", b"X-Env: live")


def test_a_pair_names_by_their_keys_those_whom_a_copy_does_not_name() -> None:
    played = score(KEYED, put=(("x-env", "shadow"),))
    played.play(GET, *BEARING)
    played.copied(200)
    played.reply(200)
    [pair] = played.pairs
    assert pair.callers == (b"kcook", b"Bearer x", b"live")
    assert pair.request.fields == [(b"x-user-id", b"ada"), (b"host", b"a")]


def test_a_pair_names_nobody_by_what_a_copy_bears_or_the_request_does_not() -> None:
    played = score(KEYED, keep=("cookie", "authorization"))
    played.play(GET, *BEARING)
    played.copied(200)
    played.reply(200)
    other = score(KEYED)
    other.play(GET, b"Cookie: a=b", b"Authorization: ")
    other.copied(200)
    other.reply(200)
    assert [pair.callers for pair in (*played.pairs, *other.pairs)] == [(), ()]


def test_nothing_is_copied_while_nobody_compares() -> None:
    played = score()
    played.is_open = False
    played.play(GET)
    assert played.shadowed == {"queue_full": 1}
    assert played.heard == ["ask ai"]


def test_nothing_is_kept_of_what_has_no_way() -> None:
    full = score(max_concurrency=0)
    off = score(breaker=Breaker(min_requests=1))
    off.play(GET)
    off.copy_fails(Failure.MALFORMED)
    off.reply(200)
    for played in (full, off):
        before = len(played.pairs)
        played.play(POST, CHUNKS, payload=b"12345", end=None)
        assert played.held == 0
        assert len(played.pairs) == before
    assert full.shadowed == {"queue_full": 1}
    assert off.shadowed == {"shadow_error": 1, "breaker_open": 1}


def test_what_nobody_drew_is_not_counted() -> None:
    played = score(share=0)
    played.play(GET)
    played.reply(200)
    assert played.shadowed == {}


def test_what_may_become_a_tunnel_is_not_copied() -> None:
    played = score()
    played.play(GET, b"Connection: upgrade", b"Upgrade: websocket")
    assert played.heard == ["ask ai"]
    assert played.shadowed == {}


def test_who_falls_back_before_anything_was_sent_is_copied_beside_who_serves() -> None:
    played = score()
    played.backends[Variant.AI].is_kept = False
    played.play(GET)
    played.fail(Failure.UNREACHABLE)
    assert played.heard == ["open ai", "ask legacy", "ask copy of ai"]
    played.copied(200, variant=Variant.AI)
    played.reply(200)
    assert played.pairs[0].served is Variant.LEGACY


def test_who_is_asked_again_is_counted_once() -> None:
    played = score()
    played.play(GET)
    played.fail(Failure.LOST)
    played.connect()
    played.reply(200)
    played.copied(200)
    assert played.heard.count("ask copy of legacy") == 1
    assert played.shadowed == {"paired": 1}


def test_who_is_taken_from_ai_midway_is_counted_once() -> None:
    played = score()
    exchange = played.play(GET)
    played.permit.is_valid = False
    exchange.recall(cut=True)
    played.reply(200)
    assert played.heard[-3:] == ["ask legacy", "send 200", "keep"]
    assert played.shadowed == {"primary_failed": 1}


def test_a_tap_that_cannot_be_made_is_an_error_of_the_shadow_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("ours")

    played = score()
    monkeypatch.setattr(Tap, "__init__", breaks)
    played.play(GET)
    played.reply(200)
    assert played.heard == ["ask ai", "send 200", "keep"]
    assert played.shadowed == {"shadow_error": 1}
