"""One call of a rollback: what it decided, and what was heard of it by now."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from router.control.fleet.words import Word
from router.control.keeping import Kept
from router.control.orders import Acknowledged, ReplicaAcknowledged
from router.control.own_workers import Hearing
from router.control.reporting import Others
from router.replica.membership import Presence
from router.store.ledger import Durability

Acknowledgement = Acknowledged | ReplicaAcknowledged
Heard = Callable[[Acknowledgement], None]


@dataclass(slots=True, eq=False)
class Call:
    """hearing: of our own workers. others: what the other members have said, by service.

    heard: whatever was told to whoever listens, and what came before somebody did.
    """

    hearing: Hearing
    others: dict[str, Others]
    keeping: asyncio.Task[tuple[Kept, ...]]
    heard: list[Acknowledgement] = field(default_factory=list[Acknowledgement])
    _listener: Heard | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    # Telling...

    def tell(self, acknowledgement: Acknowledgement) -> None:
        """Tell whoever listens."""
        self.heard.append(acknowledgement)
        if self._listener is not None:
            self._listener(acknowledgement)

    def listen(self, listener: Heard | None) -> None:
        """Have it be told all, what has come already first."""
        self._listener = listener
        if listener is not None:
            for acknowledgement in self.heard:
                listener(acknowledgement)

    # Hearing the others...

    def hear(self, word: Word, after_ms: float) -> None:
        """Another replica has spoken so long after the call; it may do so more than once."""
        before = self.others.get(word.service)
        if before is None:
            return
        self.others[word.service] = others = before.heard(word, after_ms / 1000)
        if others.rows() != before.rows():
            self.tell(
                ReplicaAcknowledged(word.service, word.replica, word.workers, word.acked, after_ms)
            )
        self._news.set()

    def join(self, members: Sequence[Presence]) -> tuple[Presence, ...]:
        """Wait for all of these too; return those that were not waited for."""
        newcomers = {
            each.instance: each for others in self.others.values() for each in others.lack(members)
        }
        for service, others in self.others.items():
            self.others[service] = others.joined(members)
        return tuple(newcomers.values())

    def stored(self, kept: Iterable[Kept], after_ms: float) -> None:
        """The store is known to have it so long after the call, as far as it was kept there."""
        for each in kept:
            if each.durable is Durability.STORE:
                service = each.release.service
                self.others[service] = self.others[service].stored(after_ms / 1000)

    def let_go(self, instances: Iterable[str]) -> None:
        """Wait no longer for those who have said that they serve no more."""
        gone = tuple(instances)
        if gone:
            self.others = {name: others.left(gone) for name, others in self.others.items()}

    @property
    def is_complete(self) -> bool:
        """Whether all workers of all the others serve by it."""
        return all(others.are_complete for others in self.others.values())

    async def news(self, within: float) -> None:
        """Return when another one has spoken since this was asked last, or after so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._news.wait()
        self._news.clear()
