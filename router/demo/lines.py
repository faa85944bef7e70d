"""The tour without a terminal: a line for each step."""

from rich.console import Console

from router.demo.comparison import headline
from router.demo.plan import Plan
from router.demo.scene import Ports
from router.demo.summary import step_line
from router.demo.tally import Tally


class Lines:
    """Writes what happened when it has happened, and draws nothing."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tally: Tally | None = None

    def begins(self, plan: Plan, ports: Ports, tally: Tally) -> None:
        self._tally = tally
        self._console.print(
            f"{plan.customers:,} customers bring {plan.tickets_per_second} tickets a second to "
            f"{ports.proxy_url} for {plan.seconds:.0f} s.\n"
            f"The share of AI goes {plan.walk} percent, by PUT {ports.admin_url}/api/v1/…",
            highlight=False,
        )

    def looks(self, now: float) -> None:
        """Nothing moves on paper."""

    def step_ends(self, number: int) -> None:
        if self._tally is not None:
            if not number:
                self._console.print(f"  {headline(self._tally.compared)}", highlight=False)
            self._console.print(step_line(self._tally.steps[number]), highlight=False)

    def ends(self) -> None:
        """There is no terminal to restore."""
