import random
from dataclasses import replace

import pytest

from router.compare import tally as tallies
from router.compare.cells import (
    AI_FAILED,
    AI_OWN,
    BOTH_TWICE,
    DIFFERS,
    LEGACY_OWN,
    LEGACY_TWICE,
    Counts,
    whole,
)
from router.compare.decision import ANOTHER
from router.compare.pair import Loss
from router.compare.tally import (
    LONGEST_LABEL,
    MOST_FIELDS,
    MOST_LABELS,
    OTHER,
    Tally,
    load,
    summed,
)
from router.compare.verdict import Change, Difference, Judged, Result, Verdict
from router.errors import TallyError
from tests.support.judging import differing, judged


def of(*pairs: Judged) -> Tally:
    tally = Tally()
    for pair in pairs:
        tally.add(pair)
    return tally


def decided(legacy: str, ai: str) -> Judged:
    return replace(judged(), verdict=Verdict(decision=(legacy, ai)))


def some_pairs(count: int) -> list[Judged]:
    dice = random.Random(7)
    names = ["/a", "/b", "/c"]

    def verdict() -> Verdict:
        if dice.random() < 0.1:
            return Verdict(error="undecodable")
        fields = [name for name in names if dice.random() < 0.3]
        label = dice.choice("xyz"), dice.choice("xyz")
        return replace(differing(*fields, change=dice.choice(list(Change))), decision=label)

    return [
        Judged(
            "support",
            "7",
            0.0,
            verdict(),
            verdict() if dice.random() < 0.5 else None,
            verdict() if dice.random() < 0.5 else None,
            (dice.random() < 0.1, dice.random() < 0.2),
            (dice.random(), dice.random()),
            2 ** dice.randrange(4),
        )
        for _ in range(count)
    ]


# What is counted...


def test_a_pair_falls_into_one_cell_of_each_field_that_differs() -> None:
    tally = of(judged(["/a"], ["/a", "/b"], ["/c"]), judged(["/a"]), judged())
    assert tally.groups == {BOTH_TWICE: 1, 0: 2}
    assert {name: its.cells for name, its in tally.fields.items()} == {
        "/a": {BOTH_TWICE | DIFFERS | LEGACY_OWN: 1, DIFFERS: 1},
        "/b": {BOTH_TWICE | LEGACY_OWN: 1},
        "/c": {BOTH_TWICE | AI_OWN: 1},
    }
    assert tally.overall == {BOTH_TWICE | DIFFERS | LEGACY_OWN | AI_OWN: 1, DIFFERS: 1}


def test_a_field_that_differs_in_many_places_counts_once() -> None:
    verdict = Verdict(
        tuple(
            Difference("/items/*/price", change, f"/items/{index}/price", 1, 2)
            for index, change in enumerate([Change.VALUE, Change.VALUE, Change.TYPE])
        )
    )
    its = of(replace(judged(), verdict=verdict)).fields["/items/*/price"]
    assert its.cells == {DIFFERS: 1}
    assert its.changes == {"value": 1, "type": 1}


def test_a_field_known_to_be_noise_is_counted_but_makes_no_pair_divergent() -> None:
    tally = Tally()
    assert tally.add(judged(["/at"]), frozenset({"/at"})) is Result.NOISE
    assert tally.add(judged(["/at", "/a"]), frozenset({"/at"})) is Result.DIVERGENT
    assert tally.fields["/at"].cells == {DIFFERS: 2}
    assert tally.overall == {DIFFERS: 1}
    assert tally.results == {Result.NOISE: 1, Result.DIVERGENT: 1}


def test_a_pair_that_could_not_be_compared_is_counted_by_its_reason_alone() -> None:
    tally = of(replace(judged(), verdict=Verdict(error="undecodable")))
    assert (tally.pairs, tally.groups, tally.errors) == (1, {}, {"undecodable": 1})
    assert tally.results == {Result.ERROR: 1}
    assert tally.lost == 0


@pytest.mark.parametrize("loss", Loss)
def test_pairs_that_miss_an_answer_tell_for_how_many_requests_they_stand(loss: Loss) -> None:
    tally = of(judged(), replace(judged(weight=4), verdict=Verdict(error=loss.value)))
    assert (tally.requests, tally.lost) == (5, 4)
    assert load(summed([tally, tally]).dump()).lost == 8


def test_a_second_answer_that_could_not_be_compared_is_none() -> None:
    pair = replace(judged([], ["/a"]), ai_noise=Verdict(error="too_deep"))
    assert of(pair).groups == {LEGACY_TWICE: 1}


def test_a_weight_stands_for_as_many_requests() -> None:
    tally = of(judged(["/a"], weight=4), judged())
    assert (tally.pairs, tally.requests) == (2, 5)


def test_a_weight_that_is_no_power_of_two_changes_nothing() -> None:
    tally = Tally()
    with pytest.raises(ValueError, match="power of two"):
        tally.add(judged(weight=3))
    assert tally == Tally()


def test_failures_and_durations_are_counted_also_of_what_cannot_be_compared() -> None:
    pair = replace(
        judged(), verdict=Verdict(error="lost"), failed=(False, True), seconds=(0.01, 30)
    )
    tally = of(pair)
    assert tally.failures == {AI_FAILED: 1}
    assert sum(tally.legacy_seconds.values()) == 1
    assert tally.ai_seconds == {}


def test_decisions_are_counted_between_the_variants_and_within_each() -> None:
    pair = replace(
        decided("refund", "other"),
        legacy_noise=Verdict(decision=("refund", "refund")),
        ai_noise=Verdict(decision=("other", "refund")),
    )
    decisions = of(pair, decided("refund", "refund")).decisions
    assert decisions.between == {"refund": {"other": 1, "refund": 1}}
    assert decisions.legacy_own == {"refund": {"refund": 1}}
    assert decisions.ai_own == {"other": {"refund": 1}}


# What is bounded...


def test_fields_beyond_the_limit_are_one() -> None:
    tally = of(*(judged([f"/{number}", f"/{number + 1}"]) for number in range(MOST_FIELDS + 50)))
    assert len(tally.fields) == MOST_FIELDS + 1
    assert tally.fields[OTHER].cells == {DIFFERS: 51}


def test_fields_beyond_the_limit_are_one_after_adding_up_too() -> None:
    few = of(*(judged([f"/{number}"]) for number in range(MOST_FIELDS - 1)))
    few.plus(of(judged(["/x"]), judged(["/y"]), judged(["/z"])))
    assert len(few.fields) == MOST_FIELDS + 1
    assert few.fields[OTHER].cells == {DIFFERS: 2}


def customers(first: int, pairs: int) -> Tally:
    """Each of these pairs differs in three keys that no other pair has."""
    return of(*(judged([f"/{n}/a", f"/{n}/b", f"/{n}/c"]) for n in range(first, first + pairs)))


def test_a_pair_that_differs_in_many_fields_beyond_the_limit_is_no_more_than_one() -> None:
    """Two minutes of a map that is keyed by customers."""
    total = summed([customers(0, 300), customers(300, 300)])
    assert total.fields[OTHER].cells == {DIFFERS: 500}  # all but those of the first 300 fields
    assert total.fields[OTHER].changes == {"value": 500}
    assert min(whole(total.groups, total.fields[OTHER].cells).values()) >= 0


def test_what_was_kept_of_more_than_there_were_is_set_right_by_adding_it_up() -> None:
    kept = customers(0, 300)
    kept.fields[OTHER].cells[DIFFERS] = 999
    assert summed([kept]).fields[OTHER].cells == {DIFFERS: 300}


def test_fields_that_are_one_are_not_known_to_be_noise() -> None:
    again = ["/x/1", "/x/2"]
    full = of(*(judged([f"/{number}"]) for number in range(MOST_FIELDS)))
    full.plus(of(*(judged(again, again, again) for _ in range(60))))
    assert full.fields[OTHER].own
    assert OTHER not in full.noisy()


@pytest.mark.parametrize("rare", ["label 99", "x" * 99])
def test_who_agrees_stays_on_the_diagonal_also_where_a_label_is_not_named(rare: str) -> None:
    known = [decided(f"label {number}", "a") for number in range(MOST_LABELS)]
    decisions = [decided(rare, rare), decided(rare, "y" * 99), decided(rare, "a")]
    tally = of(*known, *decisions)
    assert tally.decisions.between[OTHER] == {OTHER: 1, ANOTHER: 1, "a": 1}
    twice = summed((tally, tally))
    assert twice.decisions.between[OTHER] == {OTHER: 2, ANOTHER: 2, "a": 2}


def test_who_agrees_is_named_however_many_others_the_same_label_was_answered_with() -> None:
    others = [decided("a", f"label {number}") for number in range(MOST_LABELS)]
    assert of(*others, decided("a", "a")).decisions.between["a"]["a"] == 1


def test_labels_are_bounded_in_number_and_length() -> None:
    pairs = [decided("a", f"label {number}") for number in range(MOST_LABELS + 9)]
    between = of(*pairs, decided("x" * (LONGEST_LABEL + 1), "a")).decisions.between
    assert len(between["a"]) == MOST_LABELS + 1
    assert between["a"][OTHER] == 9
    assert between[OTHER] == {"a": 1}


# Adding up and keeping...


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_parts_that_were_counted_apart_add_up_to_the_whole(parts: int) -> None:
    pairs = some_pairs(400)
    assert summed(of(*pairs[part::parts]) for part in range(parts)) == of(*pairs)


def test_adding_up_leaves_what_was_added_as_it_was() -> None:
    one, other = of(*some_pairs(50)), of(*some_pairs(80))
    before = other.dump()
    one.plus(other)
    one.plus(other)
    assert other.dump() == before


def test_what_was_dumped_is_loaded_as_it_was() -> None:
    tally = of(*some_pairs(200))
    assert load(tally.dump()) == tally
    assert load(Tally().dump()) == Tally()


def test_a_minute_takes_little_room() -> None:
    """Four levels of weight and durations of all lengths: a usual minute takes a third of it."""
    assert len(of(*some_pairs(1000)).dump()) < 4096


@pytest.mark.parametrize(
    "dumped", [b"", b"\x00", b"\xff" + Tally().dump()[1:], Tally().dump()[:-1], b"\x01[]"]
)
def test_bytes_that_mean_nothing_are_refused(dumped: bytes) -> None:
    with pytest.raises(TallyError):
        load(dumped)


def test_what_is_dumped_names_its_layout_first() -> None:
    assert Tally().dump()[0] == tallies._LAYOUT


def test_no_value_of_any_answer_is_kept() -> None:
    number = "4111111111111111"
    verdict = Verdict((Difference("/a", Change.VALUE, "/a", number, number[::-1]),))
    dumped = of(replace(judged(), verdict=verdict)).dump()
    assert number.encode() not in dumped
    assert Counts({DIFFERS: 1}) == load(dumped).fields["/a"].cells
