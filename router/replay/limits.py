"""How fast does a replay go, and when has it gone far enough? The purse of a replay is its own.

`budget.requests_per_second` slows it down: who replays can wait, and wants to lose no request.
`budget.cost_per_hour` ends it: nobody wants to be asked for more money while he is away.
"""

from collections.abc import Mapping
from typing import Final

from router.compare.pair import Answer
from router.model import Variant
from router.replay.played import Played
from router.routing.snapshot import Shadow, Upstream
from router.routing.spending import COST, HOUR, NANO, cost_of

HOPELESS: Final = 20
"""Answers that a variant owes, and has never given one: then it is not there."""


class Pace:
    """Requests go out at fixed times. rate: requests a second, of which each is some copies."""

    def __init__(self, rate: float, copies_per_second: float | None) -> None:
        self._gap = 1 / rate
        self._copy_gap = 1 / copies_per_second if copies_per_second else 0.0
        self._due: float | None = None

    def wait(self, now: float) -> float:
        """Return in how many seconds the next request may go; a second is caught up at most."""
        self._due = now if self._due is None else max(self._due, now - 1.0)
        return max(0.0, self._due - now)

    def sent(self, copies: int) -> None:
        """Note that one has gone."""
        if self._due is not None:
            self._due += max(self._gap, copies * self._copy_gap)

    @property
    def is_slowed(self) -> bool:
        """Whether the budget, not the rate, says how fast it goes."""
        return 2 * self._copy_gap > self._gap


class Costs:
    """What AI's answers say that they cost.

    most: USD for all of it. per_hour: for each hour since the beginning; ``most`` is stronger.
    """

    def __init__(self, most: float | None, per_hour: float | None) -> None:
        self._most = most
        self._per_hour = per_hour
        self._began: float | None = None
        self._hour: int = 0
        self._spent = 0

    def note(self, answer: Answer, now: float) -> int:
        """Return what an answer cost, in billionths of a USD."""
        said = next((value for name, value in answer.fields if name == COST), b"")
        cost = cost_of(said) if answer.variant is Variant.AI else 0
        self._turn(now)
        self._spent += cost
        return cost

    def reached(self, now: float) -> str | None:
        """Say which limit was reached."""
        self._turn(now)
        if self._most is not None:
            return self._told(self._most, "--max-cost is")
        if self._per_hour is not None:
            return self._told(self._per_hour, "shadow.budget.cost_per_hour is")
        return None

    def _told(self, most: float, words: str) -> str | None:
        if self._spent < most * NANO:
            return None
        more = "" if self._most is not None else "; --max-cost USD allows more"
        return f"AI's answers have cost {self._spent / NANO:.4g} USD, and {words} {most:g}{more}"

    def _turn(self, now: float) -> None:
        """Begin a new hour where costs are counted by the hour."""
        if self._began is None:
            self._began = now
        hour = int((now - self._began) // HOUR)
        if self._most is None and hour != self._hour:
            self._hour, self._spent = hour, 0


def hopeless(played: Played, shadow: Shadow) -> str | None:
    """Say who has never answered, and was asked often enough."""
    ways: Mapping[Variant, Upstream] = {Variant.LEGACY: shadow.legacy, Variant.AI: shadow.ai}
    for variant, upstream in ways.items():
        losses = {loss: n for (whose, loss), n in played.lost.items() if whose is variant}
        if sum(losses.values()) >= HOPELESS and not played.answered[variant]:
            where = ", ".join(endpoint.authority for endpoint in upstream.endpoints)
            how = ", ".join(sorted(losses))
            return (
                f"{variant} has answered none of {sum(losses.values())} requests ({how}): {where}"
            )
    return None
