import pytest

from router.compare.pair import Answer, Asked, Loss, Pair
from router.model import Variant
from router.proxy.shadow.capture import Capture
from router.proxy.shadow.copy import Copy
from router.proxy.shadow.pairing import answer_of, pair_of
from router.wire.pairs import PairDecoder, Row, encode_pairs
from tests.support.shadow_score import GET, score


def row() -> dict[str, object]:
    request = {"method": b"GET", "target": b"/", "fields": [], "body": b"", "size": 0}
    return {"service": "a", "request_id": b"id", "phase": 3, "at": 1.5, "request": request}


def read(written: Row | None) -> Pair:
    """Read a pair as the comparer does."""
    assert written is not None
    [[pair]] = PairDecoder().feed(encode_pairs([written]))
    return pair


def whole(variant: Variant) -> Capture:
    capture = Capture(variant, 10)
    capture.take(variant.encode())
    capture.end(1.0)
    return capture


def copies_of(*wanted: tuple[Variant, bool]) -> list[Copy]:
    """Copies that were answered with the name of their variant."""
    tap = score().play(GET)._tap
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
    copies = copies_of((other, False), (Variant.LEGACY, True), (Variant.AI, True))
    pair = read(pair_of(row(), whole(served), copies))
    assert (pair.service, pair.request_id, pair.phase, pair.at) == ("a", b"id", 3, 1.5)
    assert pair.request == Asked(b"GET", b"/", [], b"", 0)
    assert pair.served is served
    answers = {Variant.LEGACY: pair.legacy.body, Variant.AI: pair.ai.body}
    assert answers == {served: served.encode(), other: other.encode() + b"'"}
    assert pair.legacy_repeat is not None
    assert pair.ai_repeat is not None
    assert (pair.legacy_repeat.body, pair.ai_repeat.body) == (b"legacy'", b"ai'")
    assert pair.weight == 1


def test_a_request_that_nobody_serves_is_a_pair_of_copies() -> None:
    pair = read(pair_of(row(), None, copies_of((Variant.LEGACY, False), (Variant.AI, False))))
    assert pair.served is None


def test_a_repeated_answer_that_is_not_whole_is_left_out() -> None:
    copies = copies_of((Variant.AI, False), (Variant.AI, True))
    copies[1].end(1.0, Loss.LOST)
    assert read(pair_of(row(), whole(Variant.LEGACY), copies)).ai_repeat is None


def test_one_answer_alone_is_no_pair() -> None:
    assert pair_of(row(), whole(Variant.LEGACY), []) is None


def read_answer(capture: Capture) -> Answer:
    copies = copies_of((Variant.LEGACY, False))
    return read(pair_of(row(), capture, copies)).ai


def test_an_answer_that_never_came_took_no_time_before_it_was_asked_for() -> None:
    capture = Capture(Variant.AI, 10)
    capture.end(50.0, Loss.UNREACHABLE)
    answer = read_answer(capture)
    assert (answer.status, answer.seconds, answer.first_byte) == (0, 0.0, 0.0)
    assert answer.loss is Loss.UNREACHABLE


@pytest.mark.parametrize("loss", [None, Loss.LOST])
def test_times_count_from_the_asking(loss: Loss | None) -> None:
    capture = Capture(Variant.AI, 10)
    capture.began, capture.first_byte = 10.0, 10.5
    capture.end(12.0, loss)
    answer = read_answer(capture)
    assert (answer.first_byte, answer.seconds, answer.loss) == (0.5, 2.0, loss)


def test_what_was_too_much_to_be_kept_is_written_as_size_and_hash() -> None:
    capture = Capture(Variant.AI, 1)
    capture.take(b"ab")
    capture.end(1.0)
    answer = read_answer(capture)
    assert (answer.body, answer.size, len(answer.digest)) == (b"", 2, 16)
    assert "digest" not in answer_of(whole(Variant.AI))
