import pytest

from router.comparer.waiting import Waiting
from router.wire.pairs import held_bytes
from tests.support.pairs import pair

EVERYBODY, HALF, QUARTER = 2**64 - 1, 2**63 - 1, 2**62 - 1
"""What is drawn for those that are in at level 0 alone, at 1, at 2."""


def filled(*drawn: int) -> Waiting:
    waiting = Waiting()
    for number, each in enumerate(drawn):
        waiting.add(pair(number=number), each, 0)
    return waiting


def test_pairs_are_taken_in_their_order_service_by_service() -> None:
    waiting = filled(0, 0)
    waiting.add(pair(service="billing"), 0, 0)
    assert list(waiting.services()) == ["support", "billing"]
    assert waiting.take("support").pair.request_id == b"request-0"
    back = waiting.take("support")
    waiting.put_back(back)
    assert waiting.take("support") is back
    assert list(waiting.services()) == ["billing"]
    assert not waiting.has("support")
    assert len(waiting) == 1


@pytest.mark.parametrize(
    "waiting", [Waiting(most_pairs=4), Waiting(most_bytes=4 * held_bytes(pair()))]
)
def test_it_is_full_by_number_or_by_bytes_and_easy_when_half_is_free(waiting: Waiting) -> None:
    stages: list[tuple[bool, bool]] = []
    for _ in range(4):
        waiting.add(pair(), 0, 0)
        stages.append((waiting.is_full, waiting.is_easy))
    for _ in range(2):
        waiting.take("support")
        stages.append((waiting.is_full, waiting.is_easy))
    full, between, easy = (True, False), (False, False), (False, True)
    assert stages == [easy, easy, between, full, between, easy]


def test_thinning_keeps_those_that_are_drawn_and_what_each_stands_for() -> None:
    waiting = filled(EVERYBODY, HALF, QUARTER)
    assert len(waiting.thin("support", 1)) == 1
    assert [waiting.take("support").level for _ in range(2)] == [1, 1]
    assert list(waiting.thin("support", 1)) == []


def test_who_came_at_a_higher_level_goes_on_standing_for_as_many() -> None:
    waiting = Waiting()
    waiting.add(pair(), QUARTER, 2)
    assert list(waiting.thin("support", 1)) == []
    assert waiting.take("support").level == 2


def test_a_service_that_is_dropped_takes_no_room() -> None:
    waiting = filled(0, 0, 0)
    assert len(waiting.drop("support")) == 3
    assert len(waiting.drop("support")) == 0
    assert len(waiting) == 0
    assert waiting.is_easy
