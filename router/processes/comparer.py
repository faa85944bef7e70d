"""The comparer's process: the place where its parts meet.

    python -m router.processes.comparer --channel-fd N --listen-fd N --parent PID

It ends with its supervisor, however that ends; the next one starts another. What was told and not
kept by then is lost, at most a second of it.
"""

import argparse
import contextlib
import gc
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import uvloop

from router.compare.judge import Judge
from router.compare.pair import Pair
from router.comparer.custom import Senses
from router.comparer.customs import Customs
from router.comparer.intake import Intake
from router.comparer.judging import Judging
from router.comparer.parent import end_with
from router.comparer.phases import Phases
from router.comparer.ports import Ports
from router.comparer.posted import Posting
from router.comparer.rare import Rare
from router.comparer.reservoir import Reservoir
from router.comparer.samples import Samples
from router.comparer.sampling import Draw
from router.comparer.seals import Seals
from router.comparer.service import Service
from router.comparer.streaming import Streaming
from router.comparer.work import Clocks, Work
from router.processes.worker_events import WorkerEvents, place_of
from router.stdio import STDERR, hold_stdio
from router.tasks import TaskOwner
from router.wire.channel import Channel
from router.wire.comparing import CompareBy, StreamBy

STEPS_BACK: Final = 10
"""Of niceness: where a core is fought for, nine tenths of it go to who serves users. Pairs that are
too many then are sampled down; a request costs 5 µs less than beside a comparer with steps of 5.
"""

GC_THRESHOLD: Final = 50_000
"""Allocations between collections of the youngest generation: pairs make no cycles."""

SWITCH_EVERY: Final = 0.001
"""Seconds after which the judging thread lets others run: taking pairs in waits for it."""


async def serve(
    channel: socket.socket, listening: socket.socket, counter: socket.socket | None = None
) -> None:
    """Compare until the supervisor says that it is enough, or is gone.

    counter: where pairs are handed in over HTTP as well.
    """
    events = WorkerEvents(STDERR, lambda _: None)
    with contextlib.closing(events), ThreadPoolExecutor(1, "judge") as thread:
        comparer = Comparer(await Channel.over(channel), listening, events, thread)
        async with comparer.counter(counter):
            stand_back()
            await comparer.run()


def stand_back() -> None:
    """Let whoever serves users go first: it need not wait for us to end our turn of a core.

    To wake up then interrupts nobody (sched(7), SCHED_BATCH), and we cost a third less ourselves.
    It holds for this thread and those that it begins from now on; a start is not held up by it.
    """
    os.nice(STEPS_BACK)
    with contextlib.suppress(OSError):  # some sandboxes know one policy alone
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class Comparer:
    """All parts of one comparer, put together."""

    def __init__(
        self,
        channel: Channel,
        listening: socket.socket,
        events: WorkerEvents,
        thread: Executor,
    ) -> None:
        self._events = events
        self._failures = Rare("comparison_failed", events.tell, time.monotonic)
        self._tasks = TaskOwner(self._died)
        rolls = random.SystemRandom()
        clocks = Clocks(time.monotonic, time.time, time.process_time)
        reservoir = Reservoir(rolls.random)
        self._work = Work(Draw(os.urandom(32)), reservoir, clocks, thread, self._tasks)
        lost = Rare("samples_lost", self._warn, time.monotonic)
        self._work.outbox.on_loss = lambda samples: lost.note(samples, "samples were not kept")
        self._customs = Customs(Senses(time.monotonic, rolls.random, self._warn), self._tasks)
        self._intake = Intake(listening, self._take, self._garbled)
        self._reader = os.urandom(8).hex()
        self._service = Service(
            self._work, channel, self._compare_by, self._is_deserted, self._reader
        )
        self._streaming: Streaming | None = None
        self._seals: Seals | None = None
        self._channel = channel
        self._posting = Posting((), b"")

    async def run(self) -> None:
        """Compare until it is enough."""
        await self._intake.open()
        self._tasks.spawn(self._work.run(self._intake.resume), "work")
        self._tasks.spawn(self._service.tell_again_and_again(), "telling")
        timeout = await self._service.obey()
        if self._streaming is not None:
            self._streaming.stop()
        if timeout is not None:
            self._tasks.spawn(self._service.hear_what_is_kept(), "last words")
            await self._service.finish(timeout)
        self._intake.close()
        await self._tasks.close()
        await self._customs.close()
        if self._streaming is not None:
            await self._streaming.close()
        self._channel.close()

    @contextlib.asynccontextmanager
    async def counter(self, listening: socket.socket | None) -> AsyncGenerator[None]:
        """Take pairs over HTTP, if there is where."""
        if listening is None:
            yield
            return
        from router.comparer.counter import Counter  # noqa: PLC0415 - most need no web framework

        counter = Counter(lambda: self._posting, self._posted, time.time, _made_id)
        await counter.open(listening)
        try:
            yield
        finally:
            await counter.close()

    def _posted(self, pairs: Sequence[Pair]) -> int | None:
        if self._streaming is None:
            return None if self._work.waiting.is_full else self._work.take(pairs)
        if self._streaming.is_full:
            return None
        self._streaming.take(pairs)
        return len(pairs)

    def _take(self, pairs: list[Pair]) -> None:
        if self._streaming is not None:
            self._streaming.take(pairs)
            return
        self._work.take(pairs)
        if self._work.waiting.is_full:
            self._intake.pause()

    def _compare_by(self, by: CompareBy) -> None:
        self._posting = Posting(by.rules, by.request_id.encode())
        judges = {service: Judge(rules) for service, rules in by.rules.items()}
        shares = {service: rules.budget for service, rules in by.rules.items()}
        portray = Samples(by, os.urandom).portray
        judging = Judging(judges, Phases(by.prefix), portray, time.thread_time, self._failed)
        self._work.compare_by(judging, shares, self._customs.compare_by(by.rules))
        if self._seals is not None:
            self._seals.renew(by.opening_keys)
        elif by.stream is not None:
            self._seals = Seals(by.opening_keys, os.urandom, by.stream.prefix)
            self._share(by.stream, self._seals)

    def _share(self, by: StreamBy, seals: Seals) -> None:
        """Have pairs come and go by the stream."""
        from router.store.opening import open_stream  # noqa: PLC0415 - most need no store

        stream = open_stream(by.url, Path(by.folder), prefix=by.prefix)
        ports = Ports(stream, seals, self._work, self._warn, time.monotonic)
        self._streaming = Streaming(by, ports, self._reader)
        self._service.stream = self._streaming.seen
        self._streaming.start(self._tasks)

    def _is_deserted(self) -> bool:
        """Whether no pair comes any more."""
        is_idle = self._streaming is None or self._streaming.is_idle
        return is_idle and self._intake.is_deserted

    def _died(self, task: str, error: BaseException) -> None:
        """End, so that another one begins: what is left of us is of no use."""
        self._events.tell("comparer_task_died", f"{task}: {place_of(error)}")
        self._channel.close()

    def _garbled(self, why: str) -> None:
        self._events.tell("comparer_guest_refused", why)

    def _warn(self, event: str, detail: str) -> None:
        self._events.tell(event, detail, level="warning")

    def _failed(self, error: Exception) -> None:
        self._failures.note(1, place_of(error))


def _made_id() -> bytes:
    return os.urandom(8).hex().encode()


def main() -> None:
    """Run one comparer."""
    hold_stdio()
    parser = argparse.ArgumentParser(prog="router.processes.comparer")
    parser.add_argument("--channel-fd", type=int, required=True)
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--counter-fd", type=int)
    parser.add_argument("--parent", type=int, required=True)
    arguments = parser.parse_args()
    end_with(arguments.parent)
    # A terminal sends its signals to the whole group; only the supervisor says when it is enough.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    gc.set_threshold(GC_THRESHOLD, 20, 100)
    sys.setswitchinterval(SWITCH_EVERY)
    channel = socket.socket(fileno=arguments.channel_fd)
    listening = socket.socket(fileno=arguments.listen_fd)
    counter = None
    if arguments.counter_fd is not None:
        counter = socket.socket(fileno=arguments.counter_fd)
    uvloop.run(serve(channel, listening, counter))


if __name__ == "__main__":
    main()
