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
import sys
import time
import traceback
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from router.processes.supervised import Post, Supervised
from router.proxy.request_ids import minter
from router.proxy.worker import Worker
from router.routing.capacity import for_connections
from router.routing.rates import TABLE_BYTES
from router.tasks import TaskOwner
from router.wire.counting import CounterMemory, make_memory
from router.wire.messages import Accepting, Leaving

STANDARD_OUTPUT = 1
"""The descriptor that the access log goes to; events go to stderr."""

GC_THRESHOLD = 50_000
"""Allocations between collections of the youngest generation.

Requests make few cycles, and the default of 700 costs several percent.
"""


async def serve(post: Post, rates: mmap.mmap) -> None:
    """Serve until told to drain, or until nobody is to be waited for."""
    tasks = TaskOwner(_report_death)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_report_callback)
    worker = _made(tasks, post, rates)
    worker.hold(post.sockets)
    worker.begin()
    supervised = Supervised(worker, post, tasks, _log)
    loop.add_signal_handler(signal.SIGTERM, supervised.leave)
    seconds = await supervised.serve()
    supervised.say(Leaving())
    await worker.finish_accepting()
    supervised.say(Accepting([]))
    cut = await worker.drain(seconds)
    if cut:
        _log("drain_cut", f"{cut} connections after {seconds:g} s", level="warning")
    supervised.hang_up()
    await tasks.close()


def _made(tasks: TaskOwner, post: Post, rates: mmap.mmap) -> Worker:
    rolls = random.SystemRandom()
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    fast = random.Random(rolls.getrandbits(64))
    return Worker(
        tasks=tasks,
        clock=time.monotonic,
        wall_clock=time.time,
        below=lambda bound: int(fast.random() * bound),
        mint_request_id=minter(os.urandom(8)),
        mint_cookie=lambda: os.urandom(16).hex().encode(),
        boot_clock=partial(time.clock_gettime, time.CLOCK_BOOTTIME),
        descriptors=for_connections(descriptors),
        memory=CounterMemory(post.counters),
        rates=memoryview(rates),
        log=STANDARD_OUTPUT,
    )


def _report_death(name: str, error: BaseException) -> None:
    _log("worker_task_died", f"{name}: {_place_of(error)}")


def _report_callback(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    place = _place_of(error) if isinstance(error, BaseException) else "no exception"
    _log("worker_callback_failed", place)


def _place_of(error: BaseException) -> str:
    """Say what was raised and where; never its text, which may hold a client's bytes."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-3:]]
    return f"{type(error).__name__} at {' > '.join(places) or 'an unknown place'}"


def _log(event: str, detail: str, *, level: str = "error") -> None:
    record = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "event": event,
        "pid": os.getpid(),
        "detail": detail,
    }
    line = msgspec.json.encode(record)
    # Whoever read it may be gone, with the supervisor that was killed.
    with contextlib.suppress(OSError):
        sys.stderr.write(line.decode() + "\n")


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
    rates = mmap.mmap(arguments.rates_fd, TABLE_BYTES)
    uvloop.run(serve(_posted(arguments), rates))


if __name__ == "__main__":
    main()
