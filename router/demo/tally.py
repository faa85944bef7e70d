"""Counts what the customers got: by step of the walk, by variant, and over time.

Rule 1: everything that is shown or judged is counted here, from the customer's side alone.
Rule 2: this file knows no clock; times come with the answers, in seconds of one monotonic clock.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from router.demo.comparison import Seen
from router.demo.plan import Plan
from router.demo.shoppers import Visit
from router.model import Variant

RECENT: Final = 6.0
"""Seconds over which the live view looks back for rates and latencies."""
COLUMN: Final = 1.0
"""Seconds of one column in the history of the share."""
REMEMBERED_TICKETS: Final = 6
OK: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one visit.

    `step` is the step that was acknowledged when the visit began, None between two of them.
    `variant` is None, and `status` 0, where nothing came back at all.
    """

    visit: Visit
    step: int | None
    began: float
    ended: float
    status: int
    variant: Variant | None = None
    fell_back: bool = False
    router_error: str = ""
    model: str = ""
    conversation: str = ""
    label: str = ""
    confidence: float = 0.0
    cost_usd: float = 0.0

    @property
    def right(self) -> bool:
        return self.label == self.visit.ticket.truth

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(slots=True)
class StepTally:
    """One step of the walk: only visits that began while its percentage was acknowledged."""

    percent: int
    called: float | None = None
    acknowledged: float | None = None
    answers: Counter[Variant] = field(default_factory=Counter[Variant])
    visits: Counter[str] = field(default_factory=Counter[str])
    """How often each customer came."""

    @property
    def total(self) -> int:
        return self.answers.total()

    @property
    def seen(self) -> float | None:
        """The share of answers that AI gave, as a ratio; None before the first."""
        return self.answers[Variant.AI] / self.total if self.total else None

    @property
    def customers(self) -> int:
        return len(self.visits)

    @property
    def independent_answers(self) -> float:
        """How many answers of different customers would say as much about the share as these.

        All answers of one customer come from the same variant, so who came twice counts once, and
        tilts the share twice (Kish's effective sample size).
        """
        squares = sum(times * times for times in self.visits.values())
        return self.total**2 / squares if squares else 0.0


@dataclass(slots=True)
class VariantTally:
    """All that one variant has answered."""

    answers: int = 0
    errors: int = 0
    right: int = 0
    cost_usd: float = 0.0
    seconds: list[float] = field(default_factory=list[float])
    recent: deque[Answer] = field(default_factory=deque[Answer])

    def add(self, answer: Answer) -> None:
        self.answers += 1
        self.errors += answer.status != OK
        self.right += answer.right
        self.cost_usd += answer.cost_usd
        self.seconds.append(answer.seconds)
        self.recent.append(answer)

    @property
    def error_rate(self) -> float | None:
        return self.errors / self.answers if self.answers else None

    @property
    def accuracy(self) -> float | None:
        """How often its label was the true one, of what it did answer."""
        answered = self.answers - self.errors
        return self.right / answered if answered else None

    def lately(self, now: float) -> tuple[float, ...]:
        """The latencies of the last seconds."""
        while self.recent and self.recent[0].ended < now - RECENT:
            self.recent.popleft()
        return tuple(answer.seconds for answer in self.recent)


@dataclass(slots=True)
class Wrongs:
    """What may not happen even once, counted."""

    unanswered: int = 0
    unlabelled: int = 0
    mislabelled: int = 0
    crossed: int = 0
    moved_off_ai: int = 0
    ai_after_zero: int = 0
    refused_by_router: Counter[str] = field(default_factory=Counter[str])


class Tally:
    """The one place where answers are counted; `models` says which variant each model is."""

    def __init__(self, plan: Plan, models: Mapping[str, Variant]) -> None:
        self.steps = [StepTally(step.percent) for step in plan.steps]
        self.variants = {variant: VariantTally() for variant in Variant}
        self.wrongs = Wrongs()
        self.fell_back = 0
        self.compared: Seen | None = None
        """What was compared at 0 percent, before the first raise."""
        self.latest: deque[Answer] = deque(maxlen=REMEMBERED_TICKETS)
        self.history: dict[int, Counter[Variant]] = {}
        self.step = 0
        self._models = models
        self._on_ai_since: dict[str, float] = {}
        self._last_ai: float | None = None

    def call(self, step: int, at: float) -> None:
        """Note that the percentage of ``step`` is being asked for."""
        self.step = step
        self.steps[step].called = at

    def acknowledge(self, step: int, at: float) -> None:
        """Note that the router has answered that it holds."""
        self.steps[step].acknowledged = at

    @property
    def settled_step(self) -> int | None:
        """The step that holds now; None while the next one was called and not yet acknowledged."""
        return None if self.steps[self.step].acknowledged is None else self.step

    @property
    def started(self) -> float | None:
        return self.steps[0].called

    @property
    def way_back(self) -> StepTally:
        return self.steps[-1]

    @property
    def customers_on_ai(self) -> int:
        return len(self._on_ai_since)

    @property
    def last_ai_after_call(self) -> float | None:
        """Seconds from the call for 0 until the last AI answer had come; None if none came."""
        if self.way_back.called is None or self._last_ai is None:
            return None
        return max(0.0, self._last_ai - self.way_back.called)

    def add(self, answer: Answer) -> None:
        """Count one answer, and everything that is wrong with it."""
        self.latest.append(answer)
        if answer.variant is None:
            self._count_unserved(answer)
            return
        self.variants[answer.variant].add(answer)
        self.fell_back += answer.fell_back
        self._place(answer, answer.variant)
        self._compare_with_backend(answer)
        if answer.variant is Variant.AI:
            self._note_ai(answer)
        else:
            self._note_legacy(answer)

    def _count_unserved(self, answer: Answer) -> None:
        if answer.router_error:
            self.wrongs.refused_by_router[answer.router_error] += 1
        elif answer.status:
            self.wrongs.unlabelled += 1
        else:
            self.wrongs.unanswered += 1

    def _place(self, answer: Answer, variant: Variant) -> None:
        if self.started is not None:
            column = int((answer.ended - self.started) / COLUMN)
            self.history.setdefault(column, Counter())[variant] += 1
        if answer.step is not None:
            step = self.steps[answer.step]
            step.answers[variant] += 1
            step.visits[answer.visit.customer] += 1

    def _compare_with_backend(self, answer: Answer) -> None:
        """Hold what the router says against what the backend wrote into the body."""
        self.wrongs.mislabelled += self._models.get(answer.model) is not answer.variant
        self.wrongs.crossed += answer.conversation != answer.visit.conversation

    def _note_ai(self, answer: Answer) -> None:
        self._on_ai_since.setdefault(answer.visit.customer, answer.ended)
        self._last_ai = max(answer.ended, self._last_ai or 0.0)
        zero_since = self.way_back.acknowledged
        self.wrongs.ai_after_zero += zero_since is not None and answer.began >= zero_since

    def _note_legacy(self, answer: Answer) -> None:
        """Whoever has had an AI answer keeps getting them, as long as the percentage only grows."""
        on_ai_since = self._on_ai_since.get(answer.visit.customer)
        way_down = self.way_back.called
        if on_ai_since is None or answer.fell_back or answer.began < on_ai_since:
            return
        self.wrongs.moved_off_ai += way_down is None or answer.began < way_down
