import io

from rich.console import Console

from router.demo.live import LiveView
from router.demo.scene import Ports
from tests.support.demo_answers import PLAN, full_walk

PORTS = Ports(proxy=8080, admin=9900, legacy=9001, ai=9002)
ENTER_SCREEN, LEAVE_SCREEN, SHOW_CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


def test_the_view_draws_on_a_screen_of_its_own_and_gives_the_terminal_back() -> None:
    out = io.StringIO()
    view = LiveView(Console(file=out, force_terminal=True, width=80, height=30))
    view.begins(PLAN, PORTS, full_walk())
    view.looks(4.0)
    view.step_ends(0)
    view.ends()
    written = out.getvalue()
    assert written.index(ENTER_SCREEN) < written.index("Gray Router") < written.index(LEAVE_SCREEN)
    assert SHOW_CURSOR in written[written.index("Gray Router") :]


def test_a_view_that_never_began_has_nothing_to_draw() -> None:
    out = io.StringIO()
    view = LiveView(Console(file=out, force_terminal=True))
    view.looks(1.0)
    view.ends()
    assert out.getvalue() == ""
