from router.evidence.intervals import Interval


def test_both_ends_belong_to_an_interval() -> None:
    assert 0.1 in Interval(0.1, 0.2)
    assert 0.2 in Interval(0.1, 0.2)
    assert 0.21 not in Interval(0.1, 0.2)


def test_what_two_have_in_common_is_what_neither_refutes() -> None:
    assert Interval(0.1, 0.5).common(Interval(0.3, 0.9)) == Interval(0.3, 0.5)


def test_two_that_contradict_each_other_leave_the_middle_between_them() -> None:
    one, other = Interval(0.0, 0.25), Interval(0.75, 1.0)
    assert one.common(other) == other.common(one) == Interval(0.5, 0.5)
