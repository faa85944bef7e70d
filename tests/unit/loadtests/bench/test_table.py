import pytest

from loadtests.bench.results import Delays, Results, Round, Setting, Transfer
from loadtests.bench.table import BEGIN, END, page, renew, table

SETTING = Setting(
    "2026-01-02", "a machine", "a system", {"nginx": "1.2"}, rounds=1, seconds=4, connections=32
)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(["proxy", "µs"], [["nginx", "14.9"], ["x", "131.0"]]).split("\n") == [
        "| proxy |    µs |",
        "| ----- | ----: |",
        "| nginx |  14.9 |",
        "| x     | 131.0 |",
    ]


def test_a_page_holds_what_was_measured_and_where() -> None:
    results = Results(
        SETTING,
        split={"nginx": [Round(15.04, 41776.0, 662, 4058, 4.26, 19.72)]},
        events={"nginx": Delays(4000, 0.0814, 0.22, 2.124)},
        bulk={"nginx": [Transfer("upload in chunks", 1024, 1.23, 0.04)]},
    )
    text = page(results)
    assert text.startswith("2026-01-02, a machine, a system. nginx: 1.2.")
    for cell in ("15.0", "1.00", "41,776", "0.66", "4.06", "19.72", "0.081", "2.124", "1024"):
        assert f" {cell} |" in text


def test_a_ratio_without_its_proxy_is_a_dash() -> None:
    split = {"nginx": [Round(15.0, 1.0, 1, 1, 1.0, 20.0)]}
    row = page(Results(SETTING, split, {}, {})).split("\n")[-1]
    assert row.split(" | ")[2:4] == ["    1.00", "       -"]


def test_only_what_stands_between_the_markers_is_renewed() -> None:
    document = f"# Benchmarks\n\n{BEGIN}\n\nold\n\n{END}\n\nHow to read it.\n"
    renewed = renew(document, "new")
    assert renewed == f"# Benchmarks\n\n{BEGIN}\n\nnew\n\n{END}\n\nHow to read it.\n"
    assert renew(renewed, "new") == renewed


def test_a_document_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        renew("# Benchmarks\n", "new")
