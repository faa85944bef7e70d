import pytest

from router.store.records import LONGEST_READ, bounded, place_of, within
from tests.support.recorded import sampled, sealed_of
from tests.support.stored import NOON


@pytest.mark.parametrize(("limit", "read"), [(0, 1), (-5, 1), (7, 7), (10**9, LONGEST_READ)])
def test_as_many_are_read_as_make_sense(limit: int, read: int) -> None:
    assert bounded(limit) == read


@pytest.mark.parametrize(
    ("phase", "wanted", "is_within"),
    [
        ("7", None, True),
        ("7", "7", True),
        ("7/gpt-x", "7", True),
        ("7/gpt-x", "7/gpt", False),
        ("70", "7", False),
        ("7", "7/gpt-x", False),
    ],
)
def test_a_phase_is_within_itself_and_within_what_it_is_a_part_of(
    phase: str, wanted: str | None, is_within: bool
) -> None:
    assert within(phase, wanted) is is_within


def test_samples_and_originals_stand_in_one_order() -> None:
    assert place_of(sampled(1)) == place_of(sealed_of(1)) == (NOON + 1, "sample-1")
