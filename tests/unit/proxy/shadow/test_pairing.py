import pytest

from router.compare.pair import Asked, Loss
from router.model import Variant
from router.proxy.shadow.capture import Capture
from router.proxy.shadow.copy import Copy
from router.proxy.shadow.pairing import pair_of
from tests.support.score import Score
from tests.support.shadow_score import GET, score

ASKED = Asked(b"GET", b"/", [], b"", 0)
ORIGIN = ("support", b"id-1", 3, 1700000000.0)


def whole(variant: Variant) -> Capture:
    capture = Capture(variant, 10)
    capture.take(variant.encode())
    capture.end(1.0)
    return capture


def copies_of(played: Score, *wanted: tuple[Variant, bool]) -> list[Copy]:
    """Copies that were answered with the name of their variant."""
    tap = played.play(GET)._tap
    made: list[Copy] = []
    for variant, is_again in wanted:
        way = tap._terms.ways[variant.number]  # type: ignore[union-attr] # it is a Tap
        copy = Copy(tap, way, 1, 10, is_again=is_again)  # type: ignore[arg-type] # ditto
        copy.take(variant.encode() + b"'")
        copy.end(1.0)
        made.append(copy)
    return made


@pytest.mark.parametrize("served", Variant)
def test_each_answer_stands_in_its_place(served: Variant) -> None:
    other = Variant.AI if served is Variant.LEGACY else Variant.LEGACY
    copies = copies_of(score(), (other, False), (Variant.LEGACY, True), (Variant.AI, True))
    pair = pair_of(ORIGIN, ASKED, whole(served), copies)
    assert pair is not None
    assert (pair.service, pair.request_id, pair.phase, pair.at) == ORIGIN
    assert pair.served is served
    answers = {Variant.LEGACY: pair.legacy.body, Variant.AI: pair.ai.body}
    assert answers == {served: served.encode(), other: other.encode() + b"'"}
    assert pair.legacy_repeat is not None
    assert pair.ai_repeat is not None
    assert (pair.legacy_repeat.body, pair.ai_repeat.body) == (b"legacy'", b"ai'")


def test_a_request_that_nobody_serves_is_a_pair_of_copies() -> None:
    copies = copies_of(score(), (Variant.LEGACY, False), (Variant.AI, False))
    pair = pair_of(ORIGIN, ASKED, None, copies)
    assert pair is not None
    assert pair.served is None


def test_a_repeated_answer_that_is_not_whole_is_left_out() -> None:
    copies = copies_of(score(), (Variant.AI, False), (Variant.AI, True))
    copies[1].end(1.0, Loss.LOST)
    pair = pair_of(ORIGIN, ASKED, whole(Variant.LEGACY), copies)
    assert pair is not None
    assert pair.ai_repeat is None


def test_one_answer_alone_is_no_pair() -> None:
    assert pair_of(ORIGIN, ASKED, whole(Variant.LEGACY), []) is None
