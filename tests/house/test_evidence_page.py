"""The worked example on the page about evidence is what the product makes of its counts."""

import re
from collections.abc import Iterator
from itertools import repeat

import msgspec
import pytest

from router.compare.cells import Counts
from router.compare.latency import note
from router.compare.tally import Tally
from router.evidence.divergence import Because, Divergence, Rate, divergence
from router.evidence.quantiles import Histogram
from tests.house.house import ROOT
from tests.support.judging import judged

PAGE = (ROOT / "docs" / "topics" / "evidence.md").read_text()
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Counted(msgspec.Struct, forbid_unknown_fields=True):
    """So many pairs, and the fields that differ; None where a variant was asked once."""

    pairs: int
    differs: list[str] = []
    legacy: list[str] | None = None
    ai: list[str] | None = None


def shown() -> dict[str, str]:
    return dict(FENCED.findall(PAGE))


def counted() -> Tally:
    tally = Tally()
    for its in msgspec.json.decode(shown()["json"], type=list[Counted]):
        for pair in repeat(judged(its.differs, its.legacy, its.ai), its.pairs):
            tally.add(pair)
    return tally


def percent(rate: Rate | None) -> str:
    assert rate is not None
    return f"{rate.estimate:.1%} of {rate.pairs:,} ({rate.low:.1%} to {rate.high:.1%})"


def written(report: Divergence) -> Iterator[str]:
    for its in report.fields:
        yield its.name
        yield f"  raw            {percent(its.raw)}"
        yield f"  legacy itself  {percent(its.legacy_own)}"
        yield f"  AI itself      {percent(its.ai_own)}"
        yield f"  beyond noise   {percent(its.beyond)}"
        yield f"  claimed        {'yes' if its.claimed else f'no: {its.because}'}"


def test_the_worked_example_is_what_comes_out() -> None:
    assert "\n".join(written(divergence(counted()))) + "\n" == shown()["text"]


@pytest.mark.parametrize("because", Because)
def test_every_reason_why_nothing_is_claimed_is_explained(because: Because) -> None:
    assert f"| `{because}` |" in PAGE


def test_a_p99_is_bounded_by_as_many_answers_as_the_page_says() -> None:
    needed = int(re.findall(r"a p99 needs some ([\d,]+) answers", PAGE)[0].replace(",", ""))

    def upper_end(answers: int) -> float:
        counts = Counts()
        for _ in range(answers):
            note(counts, 0.1, 0)
        return Histogram(counts).quantile(0.99, 0.025).interval.high

    assert upper_end(round(needed * 0.9)) == float("inf")
    assert upper_end(round(needed * 1.1)) < 1
