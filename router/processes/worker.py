"""A worker process: the place where the data plane's parts meet.

    python -m router.processes.worker --state-dir DIR --name NAME --rates-fd N
        [--listen-fd SLOT:FD ...]

It serves by what its supervisor says over the control socket in DIR, and outlives it: see
`supervised`.
"""

import argparse
import asyncio
import contextlib
import gc
import mmap
import os
import random
import resource
import signal
import socket
import time
from functools import partial
from pathlib import Path

import uvloop

from router.processes.supervised import Post, Supervised
from router.processes.worker_events import WorkerEvents
from router.proxy.given import Given
from router.proxy.request_ids import minter
from router.proxy.worker import Worker
from router.routing.capacity import for_connections
from router.routing.spending import SHARED_BYTES
from router.stdio import STDERR, STDOUT, hold_stdio
from router.tasks import TaskOwner
from router.wire.comparer_socket import connect_comparer
from router.wire.counting import EVENTS_DROPPED, CounterMemory, make_memory
from router.wire.messages import Accepting, Leaving

GC_THRESHOLD = 50_000
"""Allocations between collections of the youngest generation.

Requests make few cycles, and the default of 700 costs several percent.
"""


async def serve(post: Post, rates: mmap.mmap) -> None:
    """Serve until told to drain, or until nobody is to be waited for."""
    memory = CounterMemory(post.counters)
    events = WorkerEvents(STDERR, partial(_drop_events, memory))
    with contextlib.closing(events):
        await _serve(post, rates, memory, events)


async def _serve(post: Post, rates: mmap.mmap, memory: CounterMemory, events: WorkerEvents) -> None:
    tasks = TaskOwner(events.task_died)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(events.callback_failed)
    worker = _made(tasks, memory, rates, events, post.state_dir)
    worker.hold(post.sockets)
    worker.begin()
    supervised = Supervised(worker, post, tasks, events.tell)
    loop.add_signal_handler(signal.SIGTERM, supervised.leave)
    seconds = await supervised.serve()
    supervised.say(Leaving())
    await worker.finish_accepting()
    supervised.say(Accepting([]))
    cut = await worker.drain(seconds)
    if cut:
        events.tell("drain_cut", f"{cut} connections after {seconds:g} s", level="warning")
    supervised.hang_up()
    await tasks.close()


def _drop_events(memory: CounterMemory, number: int) -> None:
    memory.worker[EVENTS_DROPPED] += number


def _made(
    tasks: TaskOwner, memory: CounterMemory, rates: mmap.mmap, events: WorkerEvents, state_dir: Path
) -> Worker:
    rolls = random.SystemRandom()
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    fast = random.Random(rolls.getrandbits(64))
    given = Given(
        clock=time.monotonic,
        wall_clock=time.time,
        boot_clock=partial(time.clock_gettime, time.CLOCK_BOOTTIME),
        below=lambda bound: int(fast.random() * bound),
        mint_request_id=minter(os.urandom(8)),
        mint_cookie=lambda: os.urandom(16).hex().encode(),
        descriptors=for_connections(descriptors),
        memory=memory,
        rates=memoryview(rates),
        log=STDOUT,
        connect_comparer=partial(connect_comparer, state_dir),
        on_shadow_error=events.shadow_failed,
    )
    return Worker(tasks, given)


def _posted(arguments: argparse.Namespace) -> Post:
    sockets: dict[int, list[socket.socket]] = {}
    for slot, descriptor in arguments.listen_fd:
        listening = socket.socket(fileno=descriptor)
        listening.setblocking(False)
        sockets.setdefault(slot, []).append(listening)
    counters = make_memory(f"gray-router-{arguments.name}")
    return Post(arguments.name, arguments.state_dir, counters, sockets)


def _slot_and_descriptor(text: str) -> tuple[int, int]:
    slot, _, descriptor = text.partition(":")
    return int(slot), int(descriptor)


def main() -> None:
    """Run one worker."""
    hold_stdio()
    parser = argparse.ArgumentParser(prog="router.processes.worker")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--rates-fd", type=int, required=True)
    parser.add_argument("--listen-fd", type=_slot_and_descriptor, action="append", default=[])
    # A terminal sends its signals to the whole group; only the supervisor may decide what they
    # mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(GC_THRESHOLD, 20, 100)
    arguments = parser.parse_args()
    rates = mmap.mmap(arguments.rates_fd, SHARED_BYTES)
    uvloop.run(serve(_posted(arguments), rates))


if __name__ == "__main__":
    main()
