import io
import sys
from pathlib import Path

import pytest

from router.cli.output import lines, percent, printable, row, show, table
from router.errors import OutputError
from tests.support.admin_double import RELEASE


def test_what_cannot_be_printed_is_refused_and_what_was_done_is_said_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Path("/dev/null").open() as unwritable, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", unwritable)
        with pytest.raises(OutputError, match=r"^stdout cannot be written \(not writable\)$"):
            show("seen")
        with pytest.raises(OutputError, match=r", but it is done: 7 % go to AI$"):
            show("7 %", done="7 % go to AI")


@pytest.mark.parametrize(
    ("value", "written"), [(20.0, "20 %"), (12.34, "12.34 %"), (0.0, "0 %"), (None, "-")]
)
def test_percentages_have_no_needless_digits(value: float | None, written: str) -> None:
    assert percent(value) == written


def test_columns_are_aligned_and_nothing_trails() -> None:
    wide = {**RELEASE, "service": "a-rather-long-name", "reason": ""}
    headings, first, second = table([row(RELEASE), row(wide)]).splitlines()
    assert headings.index("STATUS") == first.index("rolling") == second.index("rolling")
    assert all(line == line.rstrip() for line in (headings, first, second))


def test_what_a_terminal_would_obey_is_shown_and_not_sent() -> None:
    evil = {**RELEASE, "reason": "\x1b]0;owned\x07 \r\n \u202e"}
    for shown in (row(evil)[-1], lines(evil)):
        assert r"\x1b]0;owned\x07 \r\n \u202e" in shown
        assert "\x1b" not in shown


def test_letters_of_all_languages_are_left_alone() -> None:
    assert printable("größer 日本") == "größer 日本"


def test_a_terminal_that_knows_few_letters_gets_the_others_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    show("größer 日本")
    assert written.getvalue() == b"gr\xf6\xdfer \\u65e5\\u672c\n"
