"""What our own workers say of a rollback, and what becomes of one that says nothing."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from router.control.broadcast import Heard, Stand, Stands
from router.control.clocks import Clocks
from router.control.events import tell
from router.control.workers import WorkerState
from router.tasks import TaskOwner
from router.wire.messages import AiSeen

ACKNOWLEDGE_WITHIN: Final = 0.8
"""Seconds after which a worker that has not acknowledged is killed and replaced.

One that is woken right before may still send what its sockets hold: that too within a second.
"""


class Workers(Protocol):
    """The line to the workers (`Broadcast`)."""

    async def follow(self, stands: Stands, heard: Heard) -> None: ...
    def silent(self, stands: Stands) -> tuple[str, ...]: ...
    def workers(self) -> Sequence[WorkerState]: ...


@dataclass(frozen=True, slots=True)
class WorkerWord:
    """An acknowledgement: how many milliseconds after the call, and what AI has had until then."""

    service: str
    worker: str
    applied_ms: float
    seen: AiSeen


@dataclass(slots=True)
class Hearing:
    """One rollback, and what was heard of it.

    started: by the stopwatch. at: by the clock that all processes of a machine share. killed_at:
    when somebody was killed, by that clock too; until then AI may have been asked.
    """

    started: float
    at: float
    stands: Mapping[str, Stand] = field(default_factory=dict[str, Stand])
    words: list[WorkerWord] = field(default_factory=list[WorkerWord])
    killed_at: float = 0.0

    def of(self, service: str) -> list[WorkerWord]:
        return [word for word in self.words if word.service == service]

    def last_begun(self, service: str) -> float:
        """Return when the last request to AI began, or might have, by `at`'s clock; 0 for never."""
        return max(*(word.seen.last_begun for word in self.of(service)), self.killed_at, 0.0)

    def last_begun_ms(self, service: str) -> float | None:
        """Return how long after the call that was; None where none ever has."""
        last = self.last_begun(service)
        return self._ms(last) if last else None

    def applied_ms(self, service: str) -> float:
        """Return when the last worker acknowledged, or was killed since it did not."""
        heard = [word.applied_ms for word in self.of(service)]
        return max(*heard, self._ms(self.killed_at), 0.0)

    def in_flight(self, service: str) -> int:
        """Count the requests that AI was still answering when their workers acknowledged."""
        return sum(word.seen.in_flight for word in self.of(service))

    def _ms(self, at: float) -> float:
        return round(max(0.0, at - self.at) * 1000, 1)


class OwnWorkers:
    """Hears them. replace: kills a worker, and has another one follow it."""

    def __init__(
        self, workers: Workers, replace: Callable[[str], bool], clocks: Clocks, tasks: TaskOwner
    ) -> None:
        self._workers = workers
        self._replace = replace
        self._clocks = clocks
        self._tasks = tasks

    def begin(self) -> Hearing:
        """Note the moment of a call."""
        return Hearing(self._clocks.stopwatch(), self._clocks.boottime())

    async def follow(
        self, hearing: Hearing, heard: Callable[[WorkerWord], None], within: float
    ) -> None:
        """Return once every seat has a worker that serves by it, or after so many seconds.

        ``heard`` is told each word. Whoever has to be killed is killed whatever else is too late.
        """

        def on_word(worker: str, service: str, seen: AiSeen) -> None:
            word = WorkerWord(service, worker, self.since(hearing), seen)
            hearing.words.append(word)
            heard(word)

        following = self._tasks.spawn(
            self._workers.follow(hearing.stands, on_word), "acknowledgements"
        )
        await asyncio.wait([following], timeout=ACKNOWLEDGE_WITHIN)
        if not following.done():
            self._replace_silent(hearing)
            await asyncio.wait([following], timeout=within - ACKNOWLEDGE_WITHIN)
        following.cancel()

    def _replace_silent(self, hearing: Hearing) -> None:
        """Who is dead asks AI no more, and who follows him is told the latest first."""
        for worker in self._workers.silent(hearing.stands):
            if self._replace(worker):
                hearing.killed_at = self._clocks.boottime()
                tell("worker_replaced", level=logging.ERROR, worker=worker)

    # Answering...

    def since(self, hearing: Hearing) -> float:
        """Return the milliseconds since the call."""
        return round((self._clocks.stopwatch() - hearing.started) * 1000, 1)

    def ago(self, at: float) -> float:
        """Return how many milliseconds ago that was, by the clock that all processes share."""
        return round(max(0.0, self._clocks.boottime() - at) * 1000, 1)

    def silent(self, service: str, stand: Stand) -> tuple[str, ...]:
        """Name those that are here, and have not said that they serve by it."""
        return self._workers.silent({service: stand})

    def count(self, service: str, stand: Stand) -> tuple[int, int]:
        """Return how many seats there are, and on how many somebody serves by it."""
        workers = self._workers.workers()
        acked = sum(worker.stands.get(service, (-1, 0)) >= stand for worker in workers)
        return len(workers), acked
