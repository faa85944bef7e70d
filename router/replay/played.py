"""What became of the requests of a recording until now."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from router.compare.pair import Loss
from router.compare.tally import Tally
from router.model import Variant
from router.replay.choosing import OUTSIDE
from router.replay.entries import Broken

MOST_REASONS: Final = 10
"""Ways to be broken that are told; further ones are counted."""

MOST_PLACES: Final = 5
"""Requests that are named for each field."""

MOST_FIELDS: Final = 300

TIMED_OUT: Final = "shadow_timeout"
FAILED: Final = "shadow_error"

OTHERS: Final = "for other reasons"


@dataclass(slots=True)
class Played:
    """Counts of requests, and what is told of them.

    read: requests, sent or not. left_out: by reason, as in a shadow's ledger; outside: those that
    do not belong to what is tried. broken: what was no request, by why, and where it was seen
    first. lost: whose answers did not come whole, and why. differing: by field, where requests
    stand whose answers diverge in it. cost: billionths of a USD. stopped: why it ended before its
    time.
    """

    read: int = 0
    sent: int = 0
    left_out: Counter[str] = field(default_factory=Counter[str])
    outside: Counter[str] = field(default_factory=Counter[str])
    broken: Counter[str] = field(default_factory=Counter[str])
    first_broken: dict[str, str] = field(default_factory=dict[str, str])
    answered: Counter[Variant] = field(default_factory=Counter[Variant])
    lost: Counter[tuple[Variant, Loss]] = field(default_factory=Counter[tuple[Variant, Loss]])
    tally: Tally = field(default_factory=Tally)
    differing: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    cost: int = 0
    seconds: float = 0.0
    is_slowed: bool = False
    is_whole: bool = False
    stopped: str = ""

    @property
    def compared(self) -> int:
        return self.tally.pairs

    @property
    def eligible(self) -> int:
        """Requests that were to be compared, as far as the recording was read."""
        return self.sent + self.left_out.total() - self.failed

    @property
    def unanswered(self) -> int:
        """Requests that were still on their way, or waited to be judged, when it ended."""
        return self.sent - self.tally.pairs - self.failed

    @property
    def failed(self) -> int:
        """Requests that were sent and have no two whole answers."""
        return self.left_out[TIMED_OUT] + self.left_out[FAILED]

    def leave_out(self, reason: str) -> None:
        """Count a request that is not sent."""
        (self.outside if reason in OUTSIDE else self.left_out)[reason] += 1

    def note_broken(self, entry: Broken) -> None:
        """Count what is no request."""
        is_known = entry.why in self.broken or len(self.broken) < MOST_REASONS
        why = entry.why if is_known else OTHERS
        self.broken[why] += 1
        self.first_broken.setdefault(why, entry.place)

    def note_differing(self, names: Iterable[str], place: str) -> None:
        """Remember where a request stands whose answers differ in these fields."""
        for name in names:
            if name in self.differing or len(self.differing) < MOST_FIELDS:
                places = self.differing.setdefault(name, [])
                if len(places) < MOST_PLACES and place not in places:
                    places.append(place)
