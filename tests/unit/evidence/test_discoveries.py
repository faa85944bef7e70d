from math import log

from router.evidence.discoveries import discoveries


def test_alone_a_field_needs_one_by_alpha() -> None:
    assert discoveries({"/a": log(100) + 1e-9}, 0.01) == {"/a"}
    assert discoveries({"/a": log(99)}, 0.01) == frozenset()


def test_one_of_many_needs_as_many_times_more() -> None:
    others = {f"/{number}": 0.0 for number in range(9)}
    assert discoveries({"/a": log(999), **others}, 0.01) == frozenset()
    assert discoveries({"/a": log(1001), **others}, 0.01) == {"/a"}


def test_two_support_each_other() -> None:
    others = {f"/{number}": 0.0 for number in range(8)}
    assert discoveries({"/a": log(501), "/b": log(501), **others}, 0.01) == {"/a", "/b"}


def test_nothing_is_claimed_of_nothing() -> None:
    assert discoveries({}, 0.01) == frozenset()
