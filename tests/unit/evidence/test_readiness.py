import pytest

from router.evidence.readiness import Copies, Readiness, readiness


def test_without_copies_to_legacy_nothing_is_known() -> None:
    assert readiness(None) == Readiness(None, "unproven")


def test_a_few_copies_prove_nothing() -> None:
    assert readiness(Copies(19, 0, 0, 0)) == Readiness(
        None, "unproven: 19 copies in five minutes, 20 are needed"
    )


@pytest.mark.parametrize(
    ("failed", "slow", "ready"), [(0, 0, True), (2, 0, True), (1, 1, True), (2, 1, False)]
)
def test_legacy_is_ready_while_two_percent_fail_or_are_slow_at_most(
    failed: int, slow: int, ready: bool
) -> None:
    judged = readiness(Copies(100, failed, slow, 0))
    assert judged.ready is ready
    assert judged.because == f"of 100 copies {failed} failed, {slow} took over 5 s"


def test_a_legacy_that_is_left_alone_is_not_ready_however_good_the_rest() -> None:
    judged = readiness(Copies(1000, 0, 0, 3))
    assert judged == Readiness(False, "the breaker is open: 3 copies were not sent")
