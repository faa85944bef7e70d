import pytest

from router.store.port import LONGEST_PAGE, Stand, bounded, is_newer, may_follow, stand_of
from tests.support.stored import release_at

STORED = release_at(1, 5)


def test_the_order_is_by_epoch_and_then_by_revision() -> None:
    releases = [release_at(1, 2), release_at(0, 9), release_at(1, 1)]
    assert [stand_of(each) for each in sorted(releases, key=stand_of)] == [(0, 9), (1, 1), (1, 2)]


@pytest.mark.parametrize(
    ("stand", "based_on", "may"),
    [
        ((1, 6), (1, 5), True),
        ((2, 6), (1, 5), True),
        ((1, 6), (1, 4), False),
        ((1, 6), (0, 5), False),
        ((1, 6), None, False),
        ((1, 5), (1, 5), False),
        ((0, 9), (1, 5), False),
    ],
)
def test_a_change_follows_upon_what_it_was_based_on(
    stand: Stand, based_on: Stand | None, *, may: bool
) -> None:
    assert may_follow(STORED, release_at(*stand), based_on) is may


def test_the_first_release_is_based_on_none() -> None:
    assert may_follow(None, STORED, None)
    assert not may_follow(None, STORED, (1, 4))


def test_what_stands_gives_way_to_what_is_newer_alone() -> None:
    assert is_newer(STORED, None)
    assert is_newer(release_at(2, 1), STORED)
    assert not is_newer(STORED, STORED)
    assert not is_newer(release_at(0, 9), STORED)


@pytest.mark.parametrize(
    ("asked", "read"), [(-1, 1), (0, 1), (1, 1), (LONGEST_PAGE + 1, LONGEST_PAGE)]
)
def test_what_is_read_at_once_is_bounded(asked: int, read: int) -> None:
    assert bounded(asked) == read
