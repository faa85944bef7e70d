"""What all taps of one worker share: the memory that they hold, and the border around them."""

from collections.abc import Callable
from typing import Final, Protocol

from router.model import ShadowResult
from router.proxy.deadlines import Deadlines
from router.proxy.ports import Plane
from router.proxy.shadow.link import Pairs


class Open(Protocol):
    """A tap that is not over, as others see it."""

    held: int

    @property
    def is_kept_from_ai(self) -> bool:
        """Whether it asks AI and may not, by now."""
        ...

    def give_up(self, result: ShadowResult) -> None: ...


class Taps:
    """All that are not over. What they hold is on the worker's account, `proxy.buffers`.

    They hold what nobody else needs: whoever serves a user and finds no room takes it from them.
    """

    __slots__ = ("_open", "deadlines", "on_error", "pairs", "plane")

    def __init__(
        self,
        plane: Plane,
        deadlines: Deadlines,
        pairs: Pairs,
        on_error: Callable[[BaseException], None],
    ) -> None:
        self.plane: Final = plane
        self.deadlines: Final = deadlines
        self.pairs: Final = pairs
        self.on_error: Final = on_error
        self._open: dict[Open, None] = {}

    def join(self, tap: Open) -> None:
        self._open[tap] = None

    def leave(self, tap: Open) -> None:
        """Hold nothing for this one any more."""
        self._open.pop(tap, None)
        self.plane.held -= tap.held
        tap.held = 0

    def give_way(self, wanted: int) -> None:
        """Let go of so many bytes, or of all there are; the oldest first."""
        for tap in list(self._open):
            if wanted <= 0:
                return
            wanted -= tap.held
            tap.give_up(ShadowResult.QUEUE_FULL)

    def stop(self) -> None:
        """Give up those that ask AI where it may not be asked any more."""
        for tap in list(self._open):
            if tap.is_kept_from_ai:
                tap.give_up(ShadowResult.STOPPED)
