"""AI is rolled back: what has not begun there does not, what has finishes or is cut."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from router.model import BasisPoints, Variant
from router.routing.fallback import Failure
from router.routing.snapshot import Place, PlaceKind, Split
from tests.support.score import SUPPORT, Score

CHUNKED = b"Transfer-Encoding: chunked"
BY_BODY = replace(SUPPORT, split=Split("s", keys=(Place(PlaceKind.JSON, "/user"),)))

# Whoever has not begun...


def test_who_waits_for_ai_goes_to_legacy() -> None:
    score = Score(kept=False)
    exchange = score.play(b"POST / HTTP/1.1", b"Content-Length: 4", payload=b"body")
    exchange.recall(cut=False)
    assert score.heard == ["open ai", "forget ai", "open legacy"]
    score.connect(Variant.LEGACY)
    assert score.backends[Variant.LEGACY].sent.endswith(b"\r\n\r\nbody")
    score.reply(200)
    assert b"x-gray-fallback: rolled_back\r\n" in score.answer
    assert score.counts.fallbacks == {"rolled_back": 1}
    assert score.permit.last_begun == 0.0
    assert score.codes == {"legacy": {200: 1}}


def test_without_a_lease_it_goes_to_ai_by_a_permit_that_holds_on() -> None:
    score = Score(kept=False)
    score.has_lease = False
    score.permit.holds_on = True
    score.play(b"GET / HTTP/1.1")
    score.connect(Variant.AI, reused=True)
    score.fail(Failure.LOST)
    score.connect(Variant.AI)
    score.reply(200)
    assert score.heard == ["open ai", "ask ai", "open ai", "ask ai", "send 200", "keep"]
    assert score.assignments == [("ai", "random", 1)]
    assert score.counts.fallbacks == {}


def test_to_hold_on_is_of_no_use_after_a_rollback() -> None:
    score = Score(kept=False)
    score.has_lease = False
    score.permit.holds_on = True
    score.permit.is_valid = False
    score.play(b"GET / HTTP/1.1")
    score.connect(Variant.LEGACY)
    score.reply(200)
    assert score.counts.fallbacks == {"rolled_back": 1}


def test_a_rollback_is_why_it_leaves_ai_though_it_held_on() -> None:
    score = Score(kept=False)
    score.has_lease = False
    score.permit.holds_on = True
    exchange = score.play(b"GET / HTTP/1.1")
    score.permit.is_valid = False
    exchange.recall(cut=False)
    assert score.heard == ["open ai", "forget ai", "open legacy"]
    assert score.counts.fallbacks == {"rolled_back": 1}


def test_a_body_that_is_still_collected_for_its_key_leads_to_legacy() -> None:
    score = Score(BY_BODY)
    exchange = score.play(b"POST / HTTP/1.1", b"Content-Length: 12", payload=b'{"user"', end=None)
    score.permit.is_valid = False
    exchange.recall(cut=False)
    assert score.heard == []
    exchange.on_request_body(b': "a"}', [])
    score.reply(200)
    assert score.heard[-3:] == ["ask legacy", "send 200", "keep"]
    assert score.assignments == [("legacy", "rolled_back", 1)]
    assert score.counts.fallbacks == {"rolled_back": 1}


def lose_lease(score: Score) -> None:
    score.has_lease = False


def withdraw(score: Score) -> None:
    score.permit.is_valid = False


@pytest.mark.parametrize(
    ("lose", "reason"), [(withdraw, "rolled_back"), (lose_lease, "lease_lost")]
)
def test_a_connection_that_comes_too_late_is_given_back(
    lose: Callable[[Score], None], reason: str
) -> None:
    score = Score(kept=False)
    score.play(b"POST / HTTP/1.1", b"Content-Length: 4", payload=b"body")
    lose(score)
    score.connect(Variant.AI)
    assert score.heard == ["open ai", "open legacy", "give back ai"]
    assert score.backends[Variant.AI].sent == b""
    score.connect(Variant.LEGACY)
    score.reply(200)
    assert score.backends[Variant.LEGACY].sent.endswith(b"\r\n\r\nbody")
    assert score.counts.fallbacks == {reason: 1}
    assert score.codes == {"legacy": {200: 1}}
    assert score.permit.last_begun == 0.0


@pytest.mark.parametrize(
    ("lose", "reason"), [(withdraw, "rolled_back"), (lose_lease, "lease_lost")]
)
def test_a_second_attempt_is_made_at_legacy(lose: Callable[[Score], None], reason: str) -> None:
    score = Score()
    score.play(b"GET / HTTP/1.1")
    lose(score)
    score.fail(Failure.LOST)
    assert score.heard == ["ask ai", "ask legacy"]
    score.reply(200)
    assert score.counts.fallbacks == {reason: 1}


def test_when_a_request_begins_at_ai_is_noted_for_each() -> None:
    score = Score()
    score.play(b"GET / HTTP/1.1")
    assert score.permit.last_begun == score.looked == 7.0
    score.looked = 8.0
    score.reply(200)
    score.play(b"GET / HTTP/1.1")
    assert score.permit.last_begun == 8.0


def test_what_begins_at_legacy_is_not_noted() -> None:
    score = Score(replace(SUPPORT, share=BasisPoints(0)))
    score.play(b"GET / HTTP/1.1")
    assert score.permit.last_begun == 0.0


# Whoever has begun...


def test_who_has_begun_finishes() -> None:
    score = Score()
    exchange = score.play(b"POST / HTTP/1.1")
    exchange.recall(cut=False)
    assert score.heard == ["ask ai"]
    assert score.permit.last_begun == score.looked


def test_a_cut_has_legacy_answer_what_may_be_asked_twice() -> None:
    score = Score()
    exchange = score.play(b"GET / HTTP/1.1")
    exchange.recall(cut=True)
    assert score.heard == ["ask ai", "abandon ai", "ask legacy"]
    score.reply(200)
    assert b"x-gray-fallback: rolled_back\r\n" in score.answer
    assert score.codes == {"legacy": {200: 1}}


def test_a_cut_says_so_to_who_may_not_be_asked_twice() -> None:
    score = Score()
    exchange = score.play(b"POST / HTTP/1.1", b"Content-Length: 4", payload=b"body")
    exchange.recall(cut=True)
    assert score.heard[-3:] == ["ask ai", "abandon ai", "refuse rolled_back"]
    assert score.codes == {"ai": {502: 1}}


def test_a_cut_ends_an_answer_so_that_the_client_can_tell() -> None:
    score = Score()
    exchange = score.play(b"GET / HTTP/1.1")
    score.reply(200, CHUNKED, payload=b"half", end=None)
    exchange.recall(cut=True)
    assert score.heard == ["ask ai", "send 200", "abandon ai", "break off"]


def test_a_cut_leaves_what_lasts_to_be_wound_up() -> None:
    score = Score()
    exchange = score.play(b"GET / HTTP/1.1")
    score.reply(200, b"Content-Type: text/event-stream", CHUNKED, end=None)
    exchange.recall(cut=True)
    assert score.heard == ["ask ai", "send 200"]


@pytest.mark.parametrize(("kept", "cut"), [(False, False), (True, True)])
def test_who_leaves_ai_since_the_lease_is_lost_is_told_so(kept: bool, cut: bool) -> None:
    score = Score(kept=kept)
    exchange = score.play(b"GET / HTTP/1.1")
    score.has_lease = False
    exchange.recall(cut=cut)
    assert score.counts.fallbacks == {"lease_lost": 1}


def test_who_is_legacys_is_left_alone() -> None:
    score = Score()
    score.has_lease = False
    exchange = score.play(b"GET / HTTP/1.1")
    exchange.recall(cut=True)
    assert score.heard == ["ask legacy"]
