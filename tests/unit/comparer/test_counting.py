from collections.abc import Sequence

import pytest

from router.compare.tally import Tally, load
from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.comparer.counting import (
    KEEP_MINUTES,
    KEEP_PHASES,
    LONGEST_OPEN,
    MOST_OPEN,
    MOST_TOLD,
    Counting,
)
from router.wire.comparing import Counted
from tests.support.pairs import MINUTE

FIELD = Difference("/at", Change.VALUE, "/at", 1, 2)
SAME, OTHER = Verdict(), Verdict((FIELD,))


def judged(
    verdict: Verdict = SAME,
    at: float = MINUTE,
    phase: str = "7",
    own: Verdict | None = None,
) -> Judged:
    return Judged("support", phase, at, verdict, legacy_noise=own)


def tallies(told: Sequence[Counted]) -> dict[tuple[str, int | None], Tally]:
    return {(each.phase, each.minute): load(each.counts) for each in told}


def told_and_kept(counting: Counting) -> Sequence[Counted]:
    told, marks = counting.untold()
    counting.keep(marks)
    return told


def test_minutes_and_the_whole_are_told_until_they_are_kept() -> None:
    counting = Counting()
    counting.add(judged())
    counting.add(judged(OTHER))
    counting.add(judged(at=MINUTE + 60))
    minute = int(MINUTE // 60)
    first, marks = counting.untold()
    assert {key: it.pairs for key, it in tallies(first).items()} == {
        ("7", None): 3,
        ("7", minute): 2,
        ("7", minute + 1): 1,
    }
    assert {each.at for each in first if each.minute is None} == {MINUTE + 60}
    counting.add(judged())  # after it was told, before it was kept
    counting.keep(marks)
    assert {key: it.pairs for key, it in tallies(told_and_kept(counting)).items()} == {
        ("7", None): 4,
        ("7", minute): 3,
    }
    assert counting.untold() == ([], {})


def test_what_closes_stays_in_the_whole() -> None:
    counting = Counting()
    counting.add(judged(OTHER))
    told_and_kept(counting)
    counting.tidy(MINUTE)
    counting.tidy(MINUTE + 60 * (KEEP_MINUTES + 2))
    counting.add(judged(at=MINUTE + 60 * (KEEP_MINUTES + 2)))
    whole = tallies(told_and_kept(counting))["7", None]
    assert whole.pairs == 2
    assert whole.results == {Result.DIVERGENT: 1, Result.MATCH: 1}


def test_a_pair_that_comes_after_its_minute_has_closed_replaces_nothing_that_was_told() -> None:
    counting = Counting()
    counting.add(judged())
    before = {each.minute: each.era for each in told_and_kept(counting)}
    counting.tidy(MINUTE)
    counting.tidy(MINUTE + 60 * (KEEP_MINUTES + 2))
    counting.add(judged())
    after = {each.minute: each.era for each in told_and_kept(counting)}
    minute = int(MINUTE // 60)
    assert before[minute] != after[minute]
    assert before[None] == after[None]


def test_pairs_that_come_late_and_on_share_one_row_of_their_minute() -> None:
    """As with a backlog: those of one minute are judged within another one, long after it."""
    counting = Counting()
    told: list[Counted] = []
    for second in range(60):
        counting.add(judged())
        told += told_and_kept(counting)
        counting.tidy(MINUTE + 3600 + second)
    rows = {(each.minute, each.era): load(each.counts).pairs for each in told}
    assert rows == {(None, 0): 60, (int(MINUTE // 60), 0): 60}


@pytest.mark.parametrize("quiet", [KEEP_MINUTES, KEEP_MINUTES + 1])
def test_a_late_minute_closes_once_nothing_comes_any_more(quiet: int) -> None:
    counting = Counting()
    counting.add(judged())
    told_and_kept(counting)
    counting.tidy(MINUTE + 3600)
    counting.tidy(MINUTE + 3600 + 60 * quiet)
    counting.add(judged())
    (era,) = (each.era for each in told_and_kept(counting) if each.minute is not None)
    assert (era > 0) is (quiet > KEEP_MINUTES)


def test_of_a_long_backlog_the_last_minutes_stay_open() -> None:
    counting = Counting()
    minute = int(MINUTE // 60)
    numbers = range(MOST_OPEN + 5)
    for number in numbers:
        counting.add(judged(at=MINUTE + 60 * number))
    told_and_kept(counting)
    counting.tidy(MINUTE + 86_400)
    for number in numbers:
        counting.add(judged(at=MINUTE + 60 * number))
    again = {each.minute for each in told_and_kept(counting) if each.era}
    assert again == {minute + number for number in range(5)}


def test_a_minute_that_nobody_keeps_stays_open_for_long_but_not_for_ever() -> None:
    counting = Counting()
    counting.add(judged())
    counting.tidy(MINUTE)
    counting.tidy(MINUTE + 60 * LONGEST_OPEN)
    assert len(counting.untold()[0]) == 2
    counting.tidy(MINUTE + 60 * (LONGEST_OPEN + 1))
    (left,), _ = counting.untold()
    assert (left.minute, load(left.counts).pairs) == (None, 1)


def test_phases_beyond_the_limit_go_once_they_are_kept_the_oldest_first() -> None:
    counting = Counting()
    for number in range(KEEP_PHASES + 2):
        counting.add(judged(at=MINUTE + number, phase=str(number)))
    counting.tidy(MINUTE)
    assert len(counting.untold()[0]) == 2 * (KEEP_PHASES + 2)
    first = {each.phase: each.era for each in told_and_kept(counting)}
    counting.tidy(MINUTE)
    for number in range(KEEP_PHASES + 2):
        counting.add(judged(at=MINUTE + number, phase=str(number)))
    again = {each.phase: (each.era, load(each.counts).pairs) for each in told_and_kept(counting)}
    assert again["0"][0] != first["0"]
    assert again["0"][1] == 1
    assert again["2"] == (first["2"], 2)


def test_more_rows_than_are_told_at_once_follow() -> None:
    counting = Counting()
    for number in range(MOST_TOLD):
        counting.add(judged(phase=str(number)))
    assert len(told_and_kept(counting)) == MOST_TOLD
    assert len(told_and_kept(counting)) == MOST_TOLD
    assert counting.untold() == ([], {})


def test_a_field_that_differs_from_itself_as_often_is_noise_for_the_pairs_that_follow() -> None:
    counting = Counting()
    for _ in range(60):
        assert counting.add(judged(OTHER, own=OTHER)) is Result.DIVERGENT
    counting.tidy(MINUTE)
    assert counting.add(judged(OTHER)) is Result.NOISE
    assert counting.add(judged(OTHER, phase="8")) is Result.DIVERGENT
