import pytest

from router.compare.copied import Copied
from router.evidence.readiness import Readiness, readiness


def test_without_copies_to_legacy_nothing_is_known() -> None:
    assert readiness(None) == Readiness(None, "unproven")


def test_a_few_copies_prove_nothing() -> None:
    assert readiness(Copied(19, 0, 0)) == Readiness(
        None, "unproven: 19 copies in five minutes, 20 are needed"
    )


@pytest.mark.parametrize(
    ("failed", "slow", "ready"), [(0, 0, True), (2, 0, True), (1, 1, True), (2, 1, False)]
)
def test_legacy_is_ready_while_two_percent_fail_or_are_slow_at_most(
    failed: int, slow: int, ready: bool
) -> None:
    judged = readiness(Copied(100, failed, slow))
    assert judged.ready is ready
    assert judged.because == f"of 100 copies {failed} failed, {slow} took over 5 s"


@pytest.mark.parametrize("copies", [Copied(10, 10), Copied(1, 1), Copied(19, 0, 3)])
def test_a_few_that_are_bad_prove_that_it_is_not(copies: Copied) -> None:
    assert readiness(copies).ready is False
