"""The page for whoever is woken by many replicas: what it says one sees is what the code says."""

import re
from pathlib import Path

import pytest

from tests.house.house import ROOT, pages, python_files, relative

PAGE = ROOT / "docs" / "runbook" / "many-replicas.md"
METRICS = (ROOT / "docs" / "reference" / "metrics.md").read_text()
SHOUTED = re.compile(r"`([A-Z]{2,}(?: [A-Z]+)+)`")
METRIC = re.compile(r"`(gray_router_\w+)")


def test_what_is_shouted_there_is_what_the_command_line_shouts() -> None:
    shouted = set(SHOUTED.findall(PAGE.read_text()))
    said = "\n".join(path.read_text() for path in python_files("router/cli"))
    assert shouted
    assert {words for words in shouted if words not in said} == set()


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_a_metric_that_a_page_names_is_one(page: Path) -> None:
    named = set(METRIC.findall(page.read_text()))
    assert {name for name in named if f"`{name}`" not in METRICS} == set()
