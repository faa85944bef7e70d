from router.cli.pair_text import pair_text
from tests.support.compared import BARE, PAIR


def test_a_pair_is_written_below_each_other() -> None:
    lines = pair_text(PAIR).splitlines()
    assert lines[0] == "pair         01JD7"
    at = lines.index("differences")
    assert lines[at : at + 7] == [
        "differences",
        "  /label value",
        '  - "refund"',
        '  + "shipping"',
        "  /note extra",
        "  - —",
        '  + "parcel"',
    ]


def test_whose_line_is_whose_is_said_above_them() -> None:
    lines = pair_text(PAIR).splitlines()
    assert lines.index("sides        - legacy, + AI") < lines.index("answers")


def test_equal_lines_stand_once() -> None:
    assert '      "id": 1,' in pair_text(PAIR).splitlines()


def test_a_pair_without_contents_shows_what_there_is() -> None:
    assert "differs in   /label (value), /note (extra)" in pair_text(BARE)
    assert "refund" not in pair_text(BARE)
