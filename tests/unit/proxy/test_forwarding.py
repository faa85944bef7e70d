"""What a variant is not told, by the request itself and by its copy."""

from dataclasses import replace
from typing import Any

import pytest

from router.model import Variant
from router.proxy.forwarding import forwarding_of
from router.routing.fallback import Failure
from router.routing.snapshot import Forward, Service, Upstream
from tests.support.score import NOWHERE, SUPPORT, TO_LEGACY, Score
from tests.support.shadow_score import CHUNKS, COPIED, GET, POST

MASKS = Forward(drop=("cookie", "x-secret"), mask=("/email",))
SECRET = b'{"email": "a@b.c", "text": "hello"}'
MASKED = b'{"email":"[masked]","text":"hello"}'
LENGTH = b"Content-Length: %d" % len(SECRET)


def told(forward: Forward) -> Upstream:
    return replace(NOWHERE, forward=forward)


AI_MASKED: Service = replace(SUPPORT, ai=told(MASKS), replay_buffer=100)
LEGACY_MASKED: Service = replace(TO_LEGACY, legacy=told(MASKS), replay_buffer=100)


def sent(score: Score, variant: Variant = Variant.AI) -> bytes:
    return score.backends[variant].sent


def test_who_is_told_everything_costs_nothing() -> None:
    assert forwarding_of(Forward()) is None


def test_fields_are_left_out_in_every_spelling() -> None:
    score = Score(service=AI_MASKED)
    score.play(GET, b"COOKIE: a", b"X_Secret: b", b"X-Other: c")
    assert b"a\r\n" not in sent(score).replace(b"host: a\r\n", b"")
    assert b"X_Secret" not in sent(score)
    assert b"X-Other: c\r\n" in sent(score)


def test_a_body_is_masked_before_ai_sees_it() -> None:
    score = Score(service=AI_MASKED)
    score.play(POST, LENGTH, payload=SECRET)
    assert sent(score).endswith(b"\r\n\r\n" + MASKED)
    assert b"content-length: %d\r\n" % len(MASKED) in sent(score)
    score.reply(200)
    assert score.codes == {"ai": {200: 1}}
    assert score.held == 0


def test_a_body_that_comes_in_parts_is_waited_for() -> None:
    score = Score(service=AI_MASKED)
    exchange = score.play(POST, CHUNKS, b"Expect: 100-continue", payload=SECRET[:9], end=None)
    assert score.heard == ["send 100"]
    exchange.on_request_body(SECRET[9:], [(b"x-sum", b"1")])
    chunk = b"%x\r\n%b\r\n" % (len(MASKED), MASKED)
    assert sent(score).endswith(b"\r\n\r\n" + chunk + b"0\r\nx-sum: 1\r\n\r\n")
    assert b"expect" not in sent(score)


@pytest.mark.parametrize(
    ("lines", "payload"),
    [
        ((LENGTH, b"Content-Encoding: gzip"), SECRET),
        ((b"Content-Length: 3",), b"a=b"),
        ((b"Content-Length: 101",), b"x" * 101),
        ((CHUNKS,), b"x" * 101),
    ],
)
def test_what_cannot_be_masked_goes_to_legacy_as_it_is(
    lines: tuple[bytes, ...], payload: bytes
) -> None:
    score = Score(service=AI_MASKED)
    score.play(POST, *lines, payload=payload)
    assert "ask ai" not in score.heard
    assert payload in sent(score, Variant.LEGACY)
    score.reply(200)
    assert b"x-gray-fallback: unmaskable\r\n" in score.answer
    assert score.counts.fallbacks == {"unmaskable": 1}
    assert score.codes == {"legacy": {200: 1}}


def test_a_body_that_grows_too_large_while_it_is_waited_for_goes_on_to_legacy() -> None:
    score = Score(service=AI_MASKED)
    exchange = score.play(POST, CHUNKS, payload=b"x" * 60, end=None)
    exchange.on_request_body(b"x" * 60, None)
    assert score.heard == ["resume client", "ask legacy more"]
    exchange.on_request_body(b"y", [])
    assert sent(score, Variant.LEGACY).endswith(b"1\r\ny\r\n0\r\n\r\n")


def test_who_falls_back_gets_the_original() -> None:
    score = Score(service=AI_MASKED, kept=False)
    score.play(POST, LENGTH, payload=SECRET)
    score.fail(Failure.UNREACHABLE)
    score.connect(Variant.LEGACY)
    assert sent(score, Variant.LEGACY).endswith(SECRET)


def test_a_request_without_a_body_has_nothing_to_be_masked() -> None:
    score = Score(service=AI_MASKED)
    score.play(GET)
    assert score.heard == ["ask ai"]


@pytest.mark.parametrize("cut", [True, False])
def test_who_is_still_waited_for_when_ai_is_rolled_back_goes_to_legacy(*, cut: bool) -> None:
    score = Score(service=AI_MASKED)
    exchange = score.play(POST, LENGTH, payload=SECRET[:9], end=None)
    score.permit.is_valid = False
    exchange.recall(cut=cut)
    exchange.on_request_body(SECRET[9:], [])
    assert sent(score, Variant.LEGACY).endswith(SECRET)
    assert score.counts.fallbacks == {"rolled_back": 1}


def test_a_rollback_that_calls_nobody_back_is_seen_before_the_first_byte() -> None:
    score = Score(service=AI_MASKED)
    exchange = score.play(POST, LENGTH, payload=SECRET[:9], end=None)
    score.permit.is_valid = False
    exchange.on_request_body(SECRET[9:], [])
    assert "ask ai" not in score.heard
    assert sent(score, Variant.LEGACY).endswith(SECRET)


def test_a_client_that_leaves_meanwhile_is_counted_once() -> None:
    score = Score(service=AI_MASKED)
    score.play(POST, LENGTH, payload=SECRET[:9], end=None).on_client_gone()
    assert score.codes == {"ai": {499: 1}}
    assert score.held == 0


def test_legacy_is_not_told_either_where_it_may_not_see_all() -> None:
    score = Score(service=LEGACY_MASKED)
    score.play(POST, LENGTH, payload=SECRET)
    assert sent(score, Variant.LEGACY).endswith(MASKED)
    score = Score(service=LEGACY_MASKED)
    score.play(POST, b"Content-Length: 3", payload=b"a=b")
    assert score.heard == ["refuse unmaskable"]
    assert score.codes == {"legacy": {415: 1}}


# Copies...


def copied(service: Service, **forward: Forward) -> Score:
    shadow: Any = {name: told(each) for name, each in forward.items()}
    return Score(service=replace(service, shadow=replace(COPIED, **shadow)), now=100.0)


def test_a_copy_to_ai_is_masked_and_the_pair_knows_the_original() -> None:
    score = copied(TO_LEGACY, ai=MASKS)
    score.play(POST, LENGTH, b"X-Secret: b", payload=SECRET)
    assert sent(score, Variant.LEGACY).endswith(SECRET)
    copy = score.copies[Variant.AI].sent
    assert copy.endswith(b"\r\n\r\n" + MASKED)
    assert b"content-length: %d\r\n" % len(MASKED) in copy
    assert b"X-Secret" not in copy
    score.copied(200, variant=Variant.AI)
    score.reply(200)
    assert score.pairs[0].request.body == SECRET


def test_a_copy_to_legacy_has_the_original_of_what_ai_got_masked() -> None:
    score = copied(AI_MASKED)
    score.play(POST, LENGTH, payload=SECRET)
    assert sent(score).endswith(MASKED)
    assert score.copies[Variant.LEGACY].sent.endswith(SECRET)


def test_what_cannot_be_masked_is_not_copied() -> None:
    score = copied(TO_LEGACY, ai=MASKS)
    score.play(POST, b"Content-Length: 3", payload=b"a=b")
    assert score.heard == ["resume client", "ask legacy"]
    assert score.shadowed == {"unmaskable": 1}
    assert score.counts.copies == {}
