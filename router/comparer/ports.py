"""What both ends of the stream have in common: the store, the seals, who counts what is lost."""

from collections.abc import Callable
from dataclasses import dataclass

from router.comparer.rare import Rare
from router.comparer.seals import Seals
from router.comparer.work import Work
from router.store.stream import Stream


@dataclass(frozen=True, slots=True)
class Ports:
    """``warn`` tells an event, by name and detail. ``stopwatch``: monotonic seconds."""

    stream: Stream
    seals: Seals
    work: Work
    warn: Callable[[str, str], None]
    stopwatch: Callable[[], float]

    def rare(self, event: str) -> Rare:
        """Return what tells of an event once a minute."""
        return Rare(event, self.warn, self.stopwatch)

    def lose(self, event: Rare, service: str, result: str, pairs: int, why: str) -> None:
        """Tell of pairs that are lost, and count them under the name of a service that we know.

        What comes from the stream may say anything of itself.
        """
        event.note(pairs, why)
        if self.work.is_compared(service):
            self.work.note(service, result, pairs)
