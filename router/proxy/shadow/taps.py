"""What all taps of one worker share: the memory that they hold, and the border around them."""

from collections.abc import Callable
from typing import Final, Protocol

from router.model import ShadowResult
from router.proxy.deadlines import NEVER, Deadlines
from router.proxy.ports import Plane
from router.proxy.shadow.link import Pairs


class Open(Protocol):
    """A tap that is not over, as others see it."""

    held: int
    deadline: float

    def time_out(self) -> None:
        """Whoever was asked for its sake has had long enough."""
        ...

    @property
    def is_kept_from_ai(self) -> bool:
        """Whether it asks AI and may not, by now."""
        ...

    def give_up(self, result: ShadowResult) -> None: ...


class Taps:
    """All that are not over. What they hold is on the worker's account, `proxy.buffers`.

    They hold what nobody else needs: whoever serves a user and finds no room takes it from them.
    It waits among the `Deadlines` for all of them, so that none has to join and leave there.
    """

    __slots__ = ("_deadlines", "_open", "deadline", "on_error", "pairs", "plane")

    def __init__(
        self,
        plane: Plane,
        deadlines: Deadlines,
        pairs: Pairs,
        on_error: Callable[[BaseException], None],
    ) -> None:
        self.plane: Final = plane
        self.pairs: Final = pairs
        self.on_error: Final = on_error
        self._open: dict[Open, None] = {}
        self._deadlines = deadlines
        self.deadline = NEVER
        deadlines.join(self)

    def join(self, tap: Open) -> None:
        self._open[tap] = None

    def leave(self, tap: Open) -> None:
        """Hold nothing for this one any more."""
        self._open.pop(tap, None)
        self.plane.held -= tap.held
        tap.held = 0

    def wait(self, tap: Open, seconds: float, now: float) -> None:
        """Tell this one in so many seconds that it has waited for long enough."""
        tap.deadline = deadline = now + seconds
        if deadline < self.deadline:
            self.deadline = self._deadlines.after(seconds)

    def on_deadline(self) -> None:
        """Tell those who have; mostly there are none, since most have left by then."""
        now = self.plane.clock()
        for tap in [each for each in self._open if each.deadline <= now]:
            tap.time_out()
        earliest = min((each.deadline for each in self._open), default=NEVER)
        if earliest < NEVER:
            self.deadline = self._deadlines.after(earliest - now)

    def give_way(self, wanted: int) -> None:
        """Let go of so many bytes, or of all there are; the oldest first."""
        for tap in list(self._open):
            if wanted <= 0:
                return
            if not tap.held:
                continue
            wanted -= tap.held
            tap.give_up(ShadowResult.QUEUE_FULL)

    def end(self) -> None:
        """Give up all: nobody is there any more to wait for them."""
        for tap in list(self._open):
            tap.give_up(ShadowResult.STOPPED)

    def stop(self) -> None:
        """Give up those that ask AI where it may not be asked any more."""
        for tap in list(self._open):
            if tap.is_kept_from_ai:
                tap.give_up(ShadowResult.STOPPED)
