"""The tour on a terminal: a frame eight times a second, and the terminal as it was afterwards."""

from rich.console import Console
from rich.live import Live

from router.demo.plan import Plan
from router.demo.scene import Ports
from router.demo.tally import Tally
from router.demo.view import frame


class LiveView:
    """Draws on a screen of its own, so that the shell's history stays clean."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, screen=True)
        self._shown: tuple[Plan, Ports, Tally] | None = None

    def begins(self, plan: Plan, ports: Ports, tally: Tally) -> None:
        self._shown = (plan, ports, tally)
        self._live.start()

    def looks(self, now: float) -> None:
        if self._shown is not None:
            plan, ports, tally = self._shown
            self._live.update(frame(plan, ports, tally, now, self._console.height), refresh=True)

    def step_ends(self, number: int) -> None:
        """The frames show it."""

    def ends(self) -> None:
        self._live.stop()
