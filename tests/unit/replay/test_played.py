from router.replay.entries import Broken
from router.replay.played import MOST_FIELDS, MOST_PLACES, MOST_REASONS, OTHERS, Played


def test_what_does_not_belong_to_what_is_tried_is_not_eligible() -> None:
    played = Played(read=3)
    for reason in ("other_service", "not_shadowed", "unsafe_method"):
        played.leave_out(reason)
    assert played.outside.total() == 2
    assert played.left_out == {"unsafe_method": 1}
    assert played.eligible == 1


def test_requests_on_their_way_are_neither_compared_nor_failed() -> None:
    played = Played(read=5, sent=5)
    played.left_out["shadow_timeout"] = 1
    played.left_out["shadow_error"] = 1
    assert (played.eligible, played.failed, played.unanswered) == (5, 2, 3)


def test_one_way_to_be_broken_is_told_once_with_its_first_place() -> None:
    played = Played()
    for number in range(1, 4):
        played.note_broken(Broken(f"line {number}", "body is not base64"))
    assert played.broken == {"body is not base64": 3}
    assert played.first_broken == {"body is not base64": "line 1"}


def test_however_many_ways_there_are_to_be_broken_few_are_kept() -> None:
    played = Played()
    for number in range(100):
        played.note_broken(Broken(f"line {number}", f"byte {number}"))
    assert len(played.broken) == MOST_REASONS + 1
    assert played.broken[OTHERS] == 100 - MOST_REASONS
    assert played.first_broken[OTHERS] == f"line {MOST_REASONS}"


def test_of_requests_that_differ_a_few_are_named_for_each_field() -> None:
    played = Played()
    for number in range(2 * MOST_PLACES):
        played.note_differing(["/a", "/a"], f"line {number}")
    assert played.differing["/a"] == [f"line {number}" for number in range(MOST_PLACES)]
    for number in range(2 * MOST_FIELDS):
        played.note_differing([f"/{number}"], "line 1")
    assert len(played.differing) == MOST_FIELDS
