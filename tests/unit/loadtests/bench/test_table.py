import msgspec
import pytest

from loadtests.bench.figures import Figure
from loadtests.bench.results import Results, Section, Setting
from loadtests.bench.table import BEGIN, END, page, renew, table

SETTING = Setting("2026-01-02", "a machine", "a system", {"nginx": "1.2"}, 2.0)
SCENE = Section(
    title="Small answers",
    measured="How it was done.",
    head=["proxy", "µs"],
    rows=[["nginx", "15.0"]],
    figures=[Figure("one", 1.0, 2.0), Figure("another", 3.0, 2.0)],
    meaning="What it says.",
    found={},
)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(["proxy", "µs"], [["nginx", "14.9"], ["x", "131.0"]]).split("\n") == [
        "| proxy |    µs |",
        "| ----- | ----: |",
        "| nginx |  14.9 |",
        "| x     | 131.0 |",
    ]


def test_a_page_holds_where_it_was_measured_what_was_missed_and_each_scene() -> None:
    text = page(Results(SETTING, {"split": SCENE}, {"tls": "no certificate"}))
    assert text.split("\n") == [
        "2026-01-02, a machine, a system. nginx: 1.2. Others took 2 % of the two cores' time.",
        "",
        "- 1 of 2 figures met",
        "- not played: tls: no certificate",
        "- MISSED by 50 %: another is 3.00, the limit 2",
        "",
        "### Small answers",
        "",
        "How it was done.",
        "",
        "| proxy |   µs |",
        "| ----- | ---: |",
        "| nginx | 15.0 |",
        "",
        "- met: one is 1.00, the limit 2",
        "- MISSED by 50 %: another is 3.00, the limit 2",
        "",
        "What it says.",
    ]


def test_a_page_says_what_was_played_twice_and_what_it_was_at_first() -> None:
    twice = msgspec.structs.replace(SCENE, missed_at_first=[Figure("one", 2.5, 2.0)])
    text = page(Results(SETTING, {"split": twice}, {}))
    assert "in which it was: MISSED by 25 %: one is 2.50, the limit 2." in text


def test_a_page_says_when_others_disturbed_the_run() -> None:
    disturbed = msgspec.structs.replace(SETTING, others_percent=30.0)
    assert "- disturbed: " in page(Results(disturbed, {"split": SCENE}, {}))
    assert "- disturbed: " not in page(Results(SETTING, {"split": SCENE}, {}))


def test_only_what_stands_between_the_markers_is_renewed() -> None:
    document = f"# Benchmarks\n\n{BEGIN}\n\nold\n\n{END}\n\nHow to read it.\n"
    renewed = renew(document, "new")
    assert renewed == f"# Benchmarks\n\n{BEGIN}\n\nnew\n\n{END}\n\nHow to read it.\n"
    assert renew(renewed, "new") == renewed


def test_a_document_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        renew("# Benchmarks\n", "new")
