import orjson

from router.compare.arrays import MOST_TRIED, Elements, Pairing, by_name, reordered
from router.places.pointer import Json


def elements(*values: Json) -> Elements:
    return list(enumerate(values))


def test_equal_elements_cancel_each_as_often_as_both_sides_have_it() -> None:
    pairing = Pairing(elements("a", "b", "a", "a"), elements("a", "c", "a"))
    pairing.cancel(orjson.dumps)
    assert pairing.legacy == [(1, "b"), (3, "a")]
    assert pairing.ai == [(1, "c")]


def near(one: Json, other: Json) -> bool:
    assert isinstance(one, int)
    assert isinstance(other, int)
    return abs(one - other) <= 1


def test_as_many_as_can_be_find_a_partner() -> None:
    pairing = Pairing(elements(2, 1, 3), elements(2, 3, 4))
    pairing.match(near)
    assert pairing.legacy == pairing.ai == []


def test_who_has_no_partner_is_left() -> None:
    pairing = Pairing(elements(1, 9), elements(2, 5, 6))
    pairing.match(near)
    assert pairing.legacy == [(1, 9)]
    assert pairing.ai == [(1, 5), (2, 6)]


def test_of_too_many_elements_none_is_tried() -> None:
    many = elements(*range(MOST_TRIED + 1))
    pairing = Pairing(many, many)
    pairing.match(near)
    assert pairing.legacy == many


def test_those_that_are_left_become_partners_as_they_stand() -> None:
    pairing = Pairing([(1, "b"), (3, "d")], [(0, "x")])
    pairing.in_order()
    assert pairing.pairs == [(1, "b", "x")]
    assert pairing.legacy == [(3, "d")]
    assert pairing.ai == []


def first_letter(value: Json) -> bytes | None:
    return value[0].encode() if isinstance(value, str) else None


def test_partners_have_one_name_and_of_several_the_same_turn() -> None:
    pairing = by_name(["a1", "b1", "a2"], ["a3", "c1", "a4", "a5"], first_letter)
    assert pairing.pairs == [(0, "a1", "a3"), (2, "a2", "a4")]
    assert pairing.legacy == [(1, "b1")]
    assert pairing.ai == [(1, "c1"), (3, "a5")]


def test_those_without_a_name_are_partners_in_their_order() -> None:
    pairing = by_name([1, "a1", 2], ["a2", 3], first_letter)
    assert pairing.pairs == [(1, "a1", "a2"), (0, 1, 3)]
    assert pairing.legacy == [(2, 2)]
    assert pairing.ai == []


def test_elements_in_another_order_are_the_same_elements() -> None:
    assert reordered([1, 2, 2], [2, 1, 2], orjson.dumps)
    assert not reordered([1, 2, 2], [2, 1, 1], orjson.dumps)
