import io

from rich.console import Console

from router.demo.lines import Lines
from router.demo.scene import Ports
from tests.support.demo_answers import PLAN, full_walk

PORTS = Ports(proxy=8080, admin=9900, legacy=9001, ai=9002)


def test_the_tour_is_told_in_lines_without_a_control_character() -> None:
    out = io.StringIO()
    lines = Lines(Console(file=out, width=100, no_color=True, force_terminal=False))
    lines.begins(PLAN, PORTS, full_walk())
    lines.looks(1.0)
    lines.step_ends(1)
    lines.ends()
    text = out.getvalue()
    assert "0 → 20 → 50 → 0" in text
    assert "http://127.0.0.1:8080" in text
    assert "AI answered  20.0 %" in text
    assert "\x1b" not in text


def test_a_step_that_ends_before_the_beginning_is_not_told() -> None:
    out = io.StringIO()
    Lines(Console(file=out)).step_ends(0)
    assert out.getvalue() == ""
