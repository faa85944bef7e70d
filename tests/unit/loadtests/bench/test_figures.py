from loadtests.bench.figures import Figure


def test_a_limit_that_is_just_reached_is_met() -> None:
    assert Figure("it", 2.0, 2.0).sentence() == "met: it is 2.00, the limit 2"


def test_what_is_beyond_is_missed_by_so_much() -> None:
    assert Figure("it", 2.5, 2.0).sentence() == "MISSED by 25 %: it is 2.50, the limit 2"


def test_a_multiple_of_the_limit_is_missed_by_hundreds() -> None:
    assert Figure("it", 5.0, 2.0).sentence().startswith("MISSED by 150 %")


def test_a_miss_too_small_for_two_digits_is_a_miss() -> None:
    missed = Figure("it", 2.001, 2.0)
    assert not missed.is_met
    assert missed.sentence().startswith("MISSED by 0.0")
