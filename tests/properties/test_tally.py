"""Laws of counts and of what is made of them, whatever was counted."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
from ruamel.yaml import YAML

from router.compare.suggest import as_config, suggestions
from router.compare.tally import Tally, load, summed
from router.compare.verdict import Change, Difference, Judged, Verdict
from router.evidence.divergence import divergence
from router.evidence.metrics import metric_differences
from tests.support.judging import judged

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=60),
)
differences = st.builds(
    Difference,
    field=st.sampled_from(["/a", "/b/*", "", "status", "header:date", "/a*b", "body"]),
    change=st.sampled_from(Change),
    at=st.just("/a"),
    legacy=values,
    ai=values,
)
verdicts = st.builds(
    Verdict,
    differences=st.lists(differences, max_size=3).map(tuple),
    decision=st.none() | st.tuples(st.sampled_from("xy"), st.sampled_from("xy")),
    error=st.sampled_from(["", "", "", "undecodable"]),
)
pairs = st.builds(
    Judged,
    service=st.just("support"),
    phase=st.just("7"),
    at=st.just(0.0),
    verdict=verdicts,
    legacy_noise=st.none() | verdicts,
    ai_noise=st.none() | verdicts,
    failed=st.tuples(st.booleans(), st.booleans()),
    seconds=st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)),
    weight=st.integers(0, 20).map(lambda level: 2**level),
)
repeated = st.tuples(pairs, st.integers(1, 30))


def of(drawn: list[tuple[Judged, int]]) -> Tally:
    tally = Tally()
    for pair, times in drawn:
        for _ in range(times):
            tally.add(pair)
    return tally


@given(one=st.lists(repeated, max_size=4), other=st.lists(repeated, max_size=4))
def test_it_does_not_matter_who_counted_what(
    one: list[tuple[Judged, int]], other: list[tuple[Judged, int]]
) -> None:
    whole = of(one + other)
    assert summed([of(one), of(other)]) == summed([of(other), of(one)]) == whole
    assert load(whole.dump()) == whole


@settings(deadline=None)
@given(drawn=st.lists(repeated, max_size=6), alpha=st.sampled_from([0.5, 0.05, 1e-6]))
def test_every_figure_lies_within_its_interval(
    drawn: list[tuple[Judged, int]], alpha: float
) -> None:
    report = divergence(of(drawn), alpha)
    for its in (*report.fields, *([report.service] if report.service else [])):
        for rate in (its.raw, its.legacy_own, its.ai_own, its.beyond):
            if rate is not None:
                assert 0 <= rate.low <= rate.estimate + 1e-12 <= rate.high + 2e-12 <= 1 + 1e-9
                assert rate.pairs > 0
        assert its.claimed == (its.because is None)


@settings(deadline=None)
@given(drawn=st.lists(repeated, max_size=6))
def test_every_metric_lies_within_its_interval(drawn: list[tuple[Judged, int]]) -> None:
    for its in metric_differences(of(drawn), 0.05):
        assert its.low is None or its.low <= its.difference + 1e-12
        assert its.high is None or its.difference <= its.high + 1e-12


@given(drawn=st.lists(repeated, max_size=6))
def test_whatever_is_noise_a_proposal_can_be_written(drawn: list[tuple[Judged, int]]) -> None:
    tally = of(drawn)
    found = suggestions(tally)
    assert {its.field for its in found} == tally.noisy()
    assert as_config(found).count("differs from itself") == len(found)


@given(field=st.text(max_size=20) | st.text(max_size=20).map("/{}".format))
def test_a_field_of_any_name_can_be_counted_and_proposed(field: str) -> None:
    verdict = Verdict((Difference(field, Change.VALUE, field, 5, 6),))
    tally = of([(replace(judged(), verdict=verdict, legacy_noise=verdict, ai_noise=verdict), 30)])
    (found,) = suggestions(tally)
    assert found.field == field
    read = YAML(typ="safe").load(as_config([found]))
    assert read == ({"compare": {"tolerance": {field: {"relative": 0.2}}}} if found.key else None)
