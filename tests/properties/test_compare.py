"""Laws of comparison, for any documents and rules."""

from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st

from router.compare.judge import Judge
from router.compare.rules import CompareRules, Fold, Tolerance
from router.compare.verdict import Change, Result, Verdict
from router.places.pointer import Json, pointer, value_at
from tests.support.answers import answer
from tests.support.documents import (
    DOCUMENTS,
    FOLDS,
    PAIRS,
    POINTERS,
    RULES,
    SCALARS,
    TOLERANCES,
    without_arrays,
)

OTHER_WAY = {Change.MISSING: Change.EXTRA, Change.EXTRA: Change.MISSING}


def judged(legacy: Json, ai: Json, rules: CompareRules) -> Verdict:
    """Judge them written in two ways, so that equal bytes are not all that is tried."""
    spaced = answer(legacy)
    return Judge(rules).compare(
        replace(spaced, body=spaced.body + b" ", size=spaced.size + 1), answer(ai)
    )


def told(verdict: Verdict) -> set[tuple[str, Change]]:
    assert not verdict.more
    return {(each.at, each.change) for each in verdict.differences}


def reversed_keys(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [*map(reversed_keys, value)] if isinstance(value, list) else value


def with_floats(value: Json) -> Json:
    """Return the same numbers, spelled otherwise."""
    if isinstance(value, dict):
        return {key: with_floats(held) for key, held in value.items()}
    if isinstance(value, list):
        return [*map(with_floats, value)]
    return float(value) if type(value) is int else value


@given(DOCUMENTS, RULES)
def test_a_document_is_itself_under_any_rules(document: Json, rules: CompareRules) -> None:
    assert judged(document, document, rules) == Verdict()
    assert judged(document, reversed_keys(document), rules) == Verdict()
    assert judged(document, with_floats(document), rules) == Verdict()


@given(PAIRS)
def test_without_rules_documents_match_where_they_are_equal(pair: tuple[Json, Json]) -> None:
    legacy, ai = pair
    is_match = judged(legacy, ai, CompareRules()).result is Result.MATCH
    assert is_match == (typed(legacy) == typed(ai))


def typed(value: Json) -> Any:
    """Return what Python compares as JSON does."""
    if isinstance(value, dict):
        return {key: typed(held) for key, held in value.items()}
    if isinstance(value, list):
        return [*map(typed, value)]
    return value, isinstance(value, bool)


@given(PAIRS, RULES)
def test_what_is_missing_on_one_side_is_extra_from_the_other(
    pair: tuple[Json, Json], rules: CompareRules
) -> None:
    legacy, ai = pair
    there, back = judged(legacy, ai, rules), judged(ai, legacy, rules)
    assert there.result is back.result
    if not (rules.unordered or rules.match_by):  # where it stands says nothing in these
        assert told(back) == {(at, OTHER_WAY.get(change, change)) for at, change in told(there)}


@given(PAIRS)
def test_each_difference_has_what_stands_at_its_place(pair: tuple[Json, Json]) -> None:
    legacy, ai = pair
    for each in judged(legacy, ai, CompareRules()).differences:
        if each.change is not Change.LENGTH:
            where = pointer(each.at)
            assert each.legacy == value_at(legacy, where)
            assert each.ai == value_at(ai, where)


@given(PAIRS, st.lists(POINTERS.filter(bool), max_size=2))
def test_ignoring_a_place_removes_what_is_there_and_nothing_else(
    pair: tuple[Json, Json], ignored: list[str]
) -> None:
    legacy, ai = map(without_arrays, pair)
    everything = told(judged(legacy, ai, CompareRules()))
    rest = told(judged(legacy, ai, CompareRules(ignore=tuple(ignored))))
    assert rest == {each for each in everything if not any(covers(it, each[0]) for it in ignored)}


def covers(pattern: str, at: str) -> bool:
    tokens, place = pattern.split("/"), at.split("/")
    return len(tokens) <= len(place) and all(
        token in ("*", key) for token, key in zip(tokens, place, strict=False)
    )


@given(PAIRS, POINTERS, TOLERANCES, TOLERANCES, FOLDS)
def test_more_tolerance_never_finds_more(
    pair: tuple[Json, Json], where: str, some: Tolerance, more: Tolerance, fold: Fold
) -> None:
    wider = Tolerance(some.absolute + more.absolute, some.relative + more.relative)
    found, found_wider = (
        told(judged(*pair, CompareRules(tolerance=((where, each),), fold=fold)))
        for each in (some, wider)
    )
    assert bool(found) >= bool(found_wider)
    if not any(change in {Change.LENGTH, Change.ORDER} for _, change in found | found_wider):
        assert found_wider <= found


@given(st.data(), DOCUMENTS, RULES)
def test_the_order_of_unordered_arrays_says_nothing(
    draw: st.DataObject, document: Json, rules: CompareRules
) -> None:
    rules = replace(rules, unordered=("", *rules.unordered), match_by=())
    array: list[Json] = [document, 1, {"a": [document]}]
    if isinstance(document, list):
        array = document
    other = draw.draw(st.permutations(array))
    if not has_indexes(rules):
        assert judged(array, other, rules) == Verdict()


def has_indexes(rules: CompareRules) -> bool:
    """A rule for the element 0 is one for a place, and not for an element."""
    pointers = (
        *rules.ignore,
        *(place for place, _ in (*rules.classes, *rules.tolerance, *rules.text)),
        *rules.unordered,
    )
    return any(token in {"0", "1"} for place in pointers for token in place.split("/"))


@given(st.data(), st.lists(SCALARS, max_size=5), st.lists(SCALARS, max_size=5), TOLERANCES)
def test_no_permutation_changes_whether_unordered_arrays_match(
    draw: st.DataObject, legacy: list[Json], ai: list[Json], tolerance: Tolerance
) -> None:
    rules = CompareRules(unordered=("",), tolerance=(("/*", tolerance),))
    other = draw.draw(st.permutations(ai))
    assert judged(legacy, ai, rules).result is judged(legacy, other, rules).result


@given(st.data(), st.dictionaries(st.integers(0, 9), DOCUMENTS, max_size=4), RULES)
def test_the_order_of_matched_elements_says_nothing(
    draw: st.DataObject, held: dict[int, Json], rules: CompareRules
) -> None:
    elements: list[Json] = [{"id": number, "b": value} for number, value in held.items()]
    rules = replace(rules, match_by=(("", "id"),))
    assert judged(elements, draw.draw(st.permutations(elements)), rules) == Verdict()


@given(DOCUMENTS, DOCUMENTS)
def test_the_same_elements_in_another_order_are_one_difference(one: Json, other: Json) -> None:
    said = judged([one, other, 7], [other, 7, one], CompareRules())
    if typed(one) == typed(other) == typed(7):
        assert said == Verdict()
    elif typed(7) not in (typed(one), typed(other)) and typed(one) != typed(other):
        assert told(said) == {("", Change.ORDER)}


@given(st.binary(max_size=60), st.binary(max_size=60), RULES)
def test_no_bytes_disturb_the_judge(legacy: bytes, ai: bytes, rules: CompareRules) -> None:
    Judge(rules).compare(answer(legacy), answer(ai))
