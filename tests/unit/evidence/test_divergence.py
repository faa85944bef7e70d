from dataclasses import asdict, replace
from math import log1p

import orjson
import pytest

from router.compare.tally import OTHER, Tally, summed
from router.compare.verdict import Verdict
from router.evidence import betting
from router.evidence.divergence import FEW, Because, Divergence, FieldDivergence, divergence
from tests.support.judging import judged
from tests.support.truth import Truth, counted

PLAIN = {"/price": Truth(wrong=0.1), "/at": Truth(legacy_noise=0.2, ai_noise=0.2)}


def field(report: Divergence, name: str) -> FieldDivergence:
    return next(its for its in report.fields if its.name == name)


def test_nothing_is_said_of_nothing() -> None:
    report = divergence(Tally())
    assert (report.service, report.fields, report.compared) == (None, (), 0)


def test_a_field_that_is_wrong_is_claimed_and_one_that_is_noisy_is_not() -> None:
    report = divergence(counted(PLAIN, 1000))
    price, at = report.fields
    assert (price.name, price.claimed, price.because) == ("/price", True, None)
    assert (at.name, at.claimed, at.because) == ("/at", False, Because.WITHIN_NOISE)
    assert at.is_noise
    assert not price.is_noise
    assert at.raw.estimate > price.raw.estimate
    assert price.beyond is not None
    assert price.beyond.low <= 0.1 <= price.beyond.high


def test_a_report_says_what_the_counts_are() -> None:
    report = divergence(counted(PLAIN, 1000, repeat=0.5))
    assert (report.pairs, report.requests, report.compared) == (1000, 1000, 1000)
    assert report.repeats["both"] == pytest.approx(500, abs=60)
    at = field(report, "/at")
    assert at.raw.pairs == 1000
    for own in (at.legacy_own, at.ai_own):
        assert own is not None
        assert own.pairs == report.repeats["both"]
        assert own.low < 0.2 < own.high
    assert field(report, "/price").changes == {
        "value": round(field(report, "/price").raw.estimate * 1000)
    }


def test_the_service_is_judged_by_fields_that_are_not_noise() -> None:
    service = divergence(counted(PLAIN, 2000)).service
    assert service is not None
    assert service.claimed
    assert service.beyond is not None
    assert service.beyond.low <= 0.1 <= service.beyond.high
    assert service.raw.estimate < 0.2


def test_without_second_answers_nothing_is_claimed_and_it_says_why() -> None:
    price = field(divergence(counted(PLAIN, 500, repeat=0)), "/price")
    assert (price.claimed, price.because, price.beyond) == (False, Because.NO_REPEATS, None)
    assert price.raw.low > 0
    assert price.legacy_own is price.ai_own is None


def test_with_few_second_answers_it_says_so() -> None:
    at = field(divergence(counted(PLAIN, FEW - 1)), "/at")
    assert at.because is Because.FEW


def test_fields_that_were_folded_are_not_judged() -> None:
    tally = Tally()
    for number in range(400):
        tally.add(judged([f"/{number}"], [], []))
    report = divergence(tally)
    other = field(report, OTHER)
    assert (other.claimed, other.because) == (False, Because.FOLDED)
    assert other.legacy_own is other.ai_own is other.beyond is None
    assert report.fields[-1] is other


def test_a_sum_says_of_fields_that_it_folded_how_often_they_differ_at_most() -> None:
    """Of a map with a key for each customer, three of which are in each answer."""
    minutes = [Tally() for _ in range(4)]
    for number in range(600):
        differing = [f"/{number}/{customer}" for customer in "abc"] if number % 3 else []
        minutes[number % 4].add(judged(differing))
    other = field(divergence(summed(minutes)), OTHER)
    truth = (400 - 100) / 600  # the first 300 fields are those of 100 pairs
    assert 0 == other.raw.low <= truth <= other.raw.estimate <= other.raw.high <= 1
    assert sum(other.changes.values()) <= 600


def test_no_number_lies_outside_zero_and_one() -> None:
    quieter = {"/a": Truth(legacy_noise=0.5), "/b": Truth(ai_noise=0.5)}
    report = divergence(counted(quieter, 300))
    assert report.service is not None
    for its in (report.service, *report.fields):
        for rate in (its.raw, its.legacy_own, its.ai_own, its.beyond):
            assert rate is not None
            assert 0 <= rate.low <= rate.estimate <= rate.high <= 1


def test_what_could_not_be_compared_is_no_part_of_any_rate() -> None:
    tally = counted(PLAIN, 200)
    before = divergence(tally)
    for _ in range(50):
        tally.add(replace(judged(), verdict=Verdict(error="undecodable")))
    report = divergence(tally)
    assert report.fields == before.fields
    assert report.errors == {"undecodable": 50}
    assert (report.pairs, report.compared, report.results["error"]) == (250, 200, 50)


def test_a_hundred_noisy_fields_are_soon_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is logarithms here: these take 35 ms of one core, of which they are a third."""
    noisy = Truth(legacy_noise=0.05, ai_noise=0.05)
    tally = Tally()
    for number in range(100):
        tally.plus(counted({f"/{number}": noisy}, 100, seed=number))
    taken = 0

    def counting_log1p(value: float) -> float:
        nonlocal taken
        taken += 1
        return log1p(value)

    monkeypatch.setattr(betting, "log1p", counting_log1p)
    assert len(divergence(tally).fields) == 100
    assert 10_000 < taken < 100_000


def test_a_report_can_be_written_as_json() -> None:
    report = divergence(counted(PLAIN, 300))
    written = orjson.loads(orjson.dumps(asdict(report)))
    assert written["fields"][0]["name"] == "/price"
    assert written["results"].keys() == {"match", "noise", "divergent", "error"}
