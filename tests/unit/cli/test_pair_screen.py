import io
from typing import Any

from rich.console import Console

from router.cli.pair_screen import print_pair
from tests.support.compared import BARE, PAIR


def shown(pair: dict[str, Any], width: int, *, coloured: bool = False) -> list[str]:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=coloured,
        color_system="standard" if coloured else None,
        legacy_windows=False,
    )
    print_pair(pair, console)
    return out.getvalue().splitlines()


def test_both_sides_stand_beside_each_other() -> None:
    lines = shown(PAIR, 120)
    assert any("legacy" in line and " ai" in line for line in lines)
    assert any('"refund"' in line and '"shipping"' in line for line in lines)
    assert any("—" in line and '"parcel"' in line for line in lines)
    assert all(len(line) <= 120 for line in lines)


def test_on_a_narrow_terminal_they_stand_below_each_other() -> None:
    lines = [line.rstrip() for line in shown(PAIR, 60)]
    at = lines.index("/label value")
    assert lines[at + 1 : at + 3] == ['- "refund"', '+ "shipping"']
    assert all(len(line) <= 60 for line in lines)


def test_what_differs_is_in_colour_and_reversed() -> None:
    text = "\n".join(shown(PAIR, 60, coloured=True))
    assert "\x1b[1;7" in text
    assert "\x1b[36m" in text
    assert "\x1b[35m" in text


def test_long_values_are_shown_whole() -> None:
    legacy, ai = "x" * 3000, "y" * 3000
    difference = {"field": "/a", "change": "value", "at": "/a", "legacy": legacy, "ai": ai}
    pair = {**PAIR, "differences": [difference], "contents": None}
    text = "".join(shown(pair, 60))
    assert text.count("x") >= 3000
    assert text.count("y") >= 3000


def test_square_brackets_are_no_markup() -> None:
    difference = {"field": "/a", "change": "value", "at": "/a", "legacy": "[red]", "ai": "[/red]"}
    text = "\n".join(shown({**PAIR, "differences": [difference], "contents": None}, 120))
    assert '"[red]"' in text


def test_a_pair_without_contents_shows_what_there_is() -> None:
    lines = shown(BARE, 120)
    assert any("/label (value)" in line for line in lines)
    assert not any("shipping" in line for line in lines)
