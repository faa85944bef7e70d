"""A comparer's end of a stream, and what it meets there."""

import itertools
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from router.compare.judge import Judge
from router.compare.pair import Pair
from router.compare.rules import CompareRules
from router.comparer.judging import Judging
from router.comparer.phases import Phases
from router.comparer.ports import Ports
from router.comparer.reservoir import Reservoir
from router.comparer.sampling import Draw
from router.comparer.seals import Seals
from router.comparer.work import Clocks, Work
from router.store.stream import Message
from router.tasks import TaskOwner
from tests.support.fake_stream import FakeStream
from tests.support.pairs import MINUTE

KEY = bytes(range(32))


def seals(key: bytes = KEY, place: str = "gray") -> Seals:
    """Return seals whose randomness is none."""
    numbers = itertools.count()
    return Seals([key], lambda size: next(numbers).to_bytes(size, "big"), place)


def message(number: int, pairs: Sequence[Pair], sealed: bytes | None = None) -> Message:
    text = seals().seal("support", pairs) if sealed is None else sealed
    return Message(f"{number}-0", "support", len(pairs), text)


@dataclass
class Desk:
    """Work that is done by hand, the stream, and the events that were told."""

    work: Work
    stream: FakeStream = field(default_factory=FakeStream)
    events: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    now: float = 1.0

    @property
    def ports(self) -> Ports:
        return Ports(self.stream, seals(), self.work, self._warn, lambda: self.now)

    @property
    def told(self) -> list[str]:
        return [event for event, _ in self.events]

    def _warn(self, event: str, detail: str) -> None:
        self.events.append((event, detail))


@asynccontextmanager
async def desk(*services: str) -> AsyncGenerator[Desk]:
    """A comparer that judges `support`, and knows the other services by name."""
    judges = {name: Judge(CompareRules()) for name in ("support", *services)}
    judging = Judging(judges, Phases("x-gray-"), lambda _: None, lambda: 0.0, lambda _: None)
    with ThreadPoolExecutor(1) as thread:
        tasks = TaskOwner(lambda _name, _error: None)
        ticks = itertools.count(1.0)  # a second between two looks: no bank is ever empty
        clocks = Clocks(lambda: next(ticks), lambda: MINUTE, lambda: 0.0)
        work = Work(Draw(b"k" * 32), Reservoir(lambda: 1.0), clocks, thread, tasks)
        work.compare_by(judging, dict.fromkeys(judges, 1.0), {})
        yield Desk(work)
        await tasks.close()
