from router.compare.copied import SLOW, Copied


def test_a_copy_counts_for_the_requests_that_it_stands_for() -> None:
    copied = Copied()
    copied.note(0.1, 1, failed=False)
    copied.note(SLOW, 4, failed=False)
    copied.note(30.0, 16, failed=True)
    assert copied == Copied(answered=21, failed=16, slow=4)


def test_sums_add_up() -> None:
    copied = Copied(10, 2, 1)
    copied.plus(Copied(5, 1, 3))
    assert copied == Copied(15, 3, 4)
