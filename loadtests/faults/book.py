"""Every request by its id: what its client saw, what the backends saw, and the verdict. Pure.

An id stands in the request's target, every backend writes down the ids that it gets, and every
answer names the id that it answers and the backend that answers. So these can be told apart:

failed       no whole answer came, or one that says that nobody answered
unseen       an answer came, and no backend ever saw the request
doubled      backends saw it more than once
misdirected  it was seen by a backend of another service, or the answer is another request's
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

OK = 200


@dataclass(slots=True)
class Ask:
    """One request; times are seconds of the monotonic clock."""

    number: int
    service: str
    began: float
    ended: float = 0.0
    status: int = 0
    answer: str = ""
    """What the body said: `ID BACKEND`."""
    failure: str = ""
    """How it ended without an answer: refused, closed, reset, unanswered."""
    port: int = 0
    """The client's, once there is a connection."""
    connected: float = 0.0
    """When that connection was made."""

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def is_over(self) -> bool:
        return self.ended > 0.0

    @property
    def has_failed(self) -> bool:
        return self.status != OK

    def was_in_flight(self, at: float) -> bool:
        """Tell whether its client was waiting at that time."""
        return self.began <= at and (not self.is_over or self.ended >= at)

    def __str__(self) -> str:
        return f"request {self.number} ({self.failure or self.status}) after {self.seconds:.3f} s"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as a backend saw it begin."""

    number: int
    backend: str
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What clients and backends say when their books are laid side by side."""

    asked: int
    failed: list[Ask] = field(default_factory=list[Ask])
    unseen: list[Ask] = field(default_factory=list[Ask])
    doubled: list[int] = field(default_factory=list[int])
    misdirected: list[Ask] = field(default_factory=list[Ask])

    @property
    def wrong(self) -> list[object]:
        """Everything that no fault excuses."""
        return [*self.unseen, *self.doubled, *self.misdirected]


def judge(asks: Sequence[Ask], visits: Iterable[Visit]) -> Verdict:
    """Lay the books side by side. A backend's name begins with the service that it belongs to."""
    seen_by: dict[int, list[str]] = {}
    for visit in visits:
        seen_by.setdefault(visit.number, []).append(visit.backend)
    answered = [ask for ask in asks if not ask.has_failed]
    return Verdict(
        asked=len(asks),
        failed=[ask for ask in asks if ask.has_failed],
        unseen=[ask for ask in answered if ask.number not in seen_by],
        doubled=[number for number, names in seen_by.items() if len(names) > 1],
        misdirected=[ask for ask in asks if _is_misdirected(ask, seen_by.get(ask.number, ()))],
    )


def _is_misdirected(ask: Ask, seen_by: Sequence[str]) -> bool:
    if any(name.partition("-")[0] != ask.service for name in seen_by):
        return True
    if ask.has_failed or not seen_by:
        return False
    number, _, backend = ask.answer.partition(" ")
    return number != str(ask.number) or backend not in seen_by


def failures(asks: Iterable[Ask]) -> Counter[str]:
    """Count how those that failed did."""
    return Counter(ask.failure or str(ask.status) for ask in asks if ask.has_failed)
