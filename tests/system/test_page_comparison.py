"""What somebody sees on the page of what was compared; the API behind it is a double."""

from typing import Any

import pytest

from tests.support.browser import DESKTOP, PHONE, sized
from tests.support.compared import ANSWERS
from tests.support.contrast import faint_texts
from tests.support.page_double import DoubledVisit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


def test_what_was_compared_stands_with_its_coverage_and_its_interval(visit: DoubledVisit) -> None:
    visit.sign_in()
    visit.reads(".comparison", "83.33 % of eligible requests were compared (1,000 of 1,200)")
    visit.reads(".comparison", "left out: too_large 120, queue_full 80")
    visit.reads(".beyond", "3.1 % (1.9 % to 4.6 %) differ beyond noise: AI diverges")
    visit.reads(".compared", "AI from itself in not known")
    rows = [each.text for each in visit.all(".compared tbody tr")]
    assert rows[0].startswith("/label")
    assert rows[0].endswith("value 31")
    matrix = [each.text for each in visit.all(".matrix tr")]
    assert matrix == ["refund shipping (none)", "refund 900 31 0", "shipping 0 0 0", "(none) 0 0 0"]
    visit.reads(".pairs", "/label (value), /note (extra) gray-router divergences support 01JD7")
    assert visit.complaints() == []


def test_where_nothing_was_compared_no_figure_stands(visit: DoubledVisit) -> None:
    nothing: dict[str, Any] = {
        "phase": None,
        "eligible": 0,
        "compared": 0,
        "ratio": None,
        "left_out": {},
    }
    visit.double.compared = {**ANSWERS, "coverage": nothing}
    visit.sign_in()
    visit.reads(".comparison", "Nothing was compared yet")
    assert visit.all(".compared") == []


def test_a_store_that_is_away_hides_no_share(visit: DoubledVisit) -> None:
    visit.double.compared = None
    visit.sign_in()
    visit.reads(".comparison", "What was compared cannot be read now.")
    visit.reads(".number", "20 % to AI")


def test_names_of_fields_are_text_whatever_stands_in_them(visit: DoubledVisit) -> None:
    evil = "<img src=x onerror=alert(1)>"
    field = {**ANSWERS["fields"][0], "field": evil, "changes": {evil: 1}}
    decision = {**ANSWERS["decision"], "labels": [evil]}
    sample = {**ANSWERS["samples"][0], "id": evil, "fields": [{"field": evil, "change": evil}]}
    visit.double.compared = {
        **ANSWERS,
        "phase": evil,
        "fields": [field],
        "decision": decision,
        "samples": [sample],
    }
    visit.sign_in()
    visit.reads(".comparison", evil)
    assert visit.run("return document.querySelectorAll('main img').length") == 0
    assert visit.complaints() == []


@pytest.mark.parametrize(
    ("ready", "because", "words"),
    [
        (None, "unproven", "whether legacy is ready for everybody: unproven"),
        (True, "of 100 copies 0 failed", "legacy is ready for everybody: of 100"),
        (False, "the breaker is open", "legacy is not ready for everybody: the breaker"),
    ],
)
def test_beside_the_share_stands_whether_legacy_is_ready(
    visit: DoubledVisit, ready: bool | None, because: str, words: str
) -> None:
    visit.double.services[0].update(rollback_ready=ready, rollback_ready_because=because)
    visit.sign_in()
    visit.reads(".figures .ready", words)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_text_can_be_read_and_only_tables_are_scrolled(
    visit: DoubledVisit, size: tuple[int, int], scheme: str
) -> None:
    sized(visit.chrome, size, scheme=scheme)
    labels = [f"a-label-of-many-words-{number}" for number in range(8)]
    decision = {**ANSWERS["decision"], "labels": labels}
    long = {**ANSWERS["fields"][0], "field": "/a" * 60}
    visit.double.compared = {**ANSWERS, "decision": decision, "fields": [long] * 7}
    visit.double.services[0].update(rollback_ready=False, rollback_ready_because="it is slow")
    visit.sign_in()
    visit.reads(".compared", "and 2 fields more")
    assert faint_texts(visit.chrome) == []
    width = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    needed, there = visit.run(width)
    assert needed <= there
