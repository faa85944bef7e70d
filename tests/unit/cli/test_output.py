import io
import sys
from pathlib import Path

import pytest

from router.cli.output import ago, lines, milliseconds, percent, printable, row, show, table
from router.errors import OutputError
from router.lines_out import rfc3339
from tests.support.admin_double import RELEASE


def test_what_is_copied_is_shown_where_something_may_be() -> None:
    def shadow(**more: object) -> list[str]:
        shown = lines({**RELEASE, **more}, 0.0)
        return [line for line in shown.splitlines() if line.startswith("shadow")]

    assert shadow() == shadow(shadow_percent=None, shadow_from=None) == []
    assert shadow(shadow_percent=10.0, shadow_from="config") == [
        "shadow    10 % of its requests are copied, as the config says"
    ]
    assert shadow(shadow_percent=0.0, shadow_from="command") == [
        "shadow    no request is copied, by `shadow`"
    ]


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


@pytest.mark.parametrize(
    ("value", "written"), [(None, "-"), (0.0, "0.0 ms"), (9.94, "9.9 ms"), (1234.5, "1234 ms")]
)
def test_times_are_as_short_as_it_helps(value: float | None, written: str) -> None:
    assert milliseconds(value) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(-3, "0 s"), (59.4, "59 s"), (61, "1 min"), (7300, "2 h"), (3.9 * 86_400, "3 d")],
)
def test_what_was_long_ago_is_told_in_one_unit(seconds: float, written: str) -> None:
    assert ago(seconds) == written


def test_a_release_says_when_its_rollback_was_rehearsed() -> None:
    now = 1_790_000_000.0
    shown = lines({**RELEASE, "last_drill": {"at": rfc3339(now - 7300), "applied_ms": 7.2}}, now)
    assert "drill     last drill 2 h ago, 7.2 ms" in shown.splitlines()
    never = lines({**RELEASE, "last_drill": None}, now)
    assert "drill     never; `gray-router drill support` rehearses one" in never.splitlines()


def test_a_drill_that_was_left_at_0_is_not_missed() -> None:
    shown = lines({**RELEASE, "held_for": "drill"}, 0.0)
    assert "support: A DRILL has rolled it back" in shown
    assert "`gray-router resume support` gives AI what it had" in shown


def test_columns_are_aligned_and_nothing_trails() -> None:
    wide = {**RELEASE, "service": "a-rather-long-name", "reason": ""}
    headings, first, second = table([row(RELEASE), row(wide)]).splitlines()
    assert headings.index("STATUS") == first.index("rolling") == second.index("rolling")
    assert all(line == line.rstrip() for line in (headings, first, second))


def test_what_a_terminal_would_obey_is_shown_and_not_sent() -> None:
    evil = {**RELEASE, "reason": "\x1b]0;owned\x07 \r\n \u202e"}
    for shown in (row(evil)[-1], lines(evil, 0.0)):
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
