import pytest

from router.comparer import parcels as module
from router.comparer.parcels import Parcels


def test_a_message_is_whole_once_nothing_of_it_is_left() -> None:
    parcels = Parcels()
    parcel = parcels.open("1-0", 100, 2)
    parcel.left += 2
    for left in range(3):
        assert parcels.whole == [], left
        parcels.one_less(parcel)
    assert parcels.whole == [parcel]


def test_what_was_counted_is_told_once_and_in_hand_until_it_is_let_go_of() -> None:
    parcels = Parcels()
    first, second = parcels.open("1-0", 100, 2), parcels.open("2-0", 50, 1)
    parcels.counted.append(first)
    assert parcels.tell() == [first]
    assert parcels.tell() == []
    assert parcels.has("1-0")
    parcels.settle([first])
    assert not parcels.has("1-0")
    assert parcels.ids == [second.id]


@pytest.mark.parametrize(("limit", "most"), [("MOST", 2), ("MOST_BYTES", 150)])
def test_no_more_is_in_hand_than_there_is_room_for(
    limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, most)
    parcels = Parcels()
    first = parcels.open("1-0", 100, 2)
    stages = [parcels.is_full]
    parcels.open("2-0", 50, 1)
    stages.append(parcels.is_full)
    parcels.settle([first])
    assert [*stages, parcels.is_full] == [False, True, False]
