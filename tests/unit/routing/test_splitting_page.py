import doctest
from pathlib import Path

from router.model import Reason

PAGE = Path(__file__).parents[3] / "docs" / "topics" / "splitting.md"


def test_every_example_on_the_page_is_true() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried >= 8
    assert failed == 0


def test_the_page_lists_every_reason_in_the_order_of_precedence() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    listed = [row.rstrip("| ").rpartition("| ")[2].strip("`") for row in rows]
    assert [reason for reason in listed if reason in set(Reason)] == list(Reason)
