"""A worker process: the place where the data plane's parts meet.

    python -m router.processes.worker --control-fd N --listen-fd M [--listen-fd M ...]

It serves by what its supervisor says over the control socket, and ends when that says so or falls
silent.
"""

import argparse
import asyncio
import gc
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

from router.proxy.request_ids import minter
from router.proxy.worker import Worker
from router.routing.rates import TABLE_BYTES
from router.tasks import TaskOwner
from router.wire.channel import Channel
from router.wire.counting import CounterMemory, make_memory
from router.wire.messages import Applied, Apply, Ask, Drain, Lease, Locate

RESERVED_DESCRIPTORS = 64
"""For the control channel, the listeners, logs, and what Python itself opens."""

STANDARD_OUTPUT = 1
"""The descriptor that the access log goes to; events go to stderr."""

TELEMETRY_EVERY = 1.0
"""Seconds."""

GC_THRESHOLD = 50_000
"""Allocations between collections of the youngest generation.

Requests make few cycles, and the default of 700 costs several percent.
"""


async def serve(control: socket.socket, listening: list[socket.socket]) -> None:
    """Serve until told to drain, or until the supervisor is gone."""
    tasks = TaskOwner(_report_death)
    asyncio.get_running_loop().set_exception_handler(_report_callback)
    rolls = random.SystemRandom()
    fast = random.Random(rolls.getrandbits(64))
    worker = Worker(
        tasks=tasks,
        clock=time.monotonic,
        wall_clock=time.time,
        below=lambda bound: int(fast.random() * bound),
        mint_request_id=minter(os.urandom(8)),
        mint_cookie=lambda: os.urandom(16).hex().encode(),
        boot_clock=partial(time.clock_gettime, time.CLOCK_BOOTTIME),
        descriptors=_descriptors(),
        memory=CounterMemory(make_memory("gray-router-counters")),
        log=STANDARD_OUTPUT,
        rates=memoryview(bytearray(os.urandom(16) + bytes(TABLE_BYTES - 16))),
    )
    channel = await Channel.over(control)
    drain_timeout = await _obey(channel, worker, tasks, listening)
    cut = await worker.drain(drain_timeout)
    if cut:
        _log("drain_cut", f"{cut} connections after {drain_timeout:g} s", level="warning")
    await tasks.close()
    channel.close()


async def _obey(
    channel: Channel, worker: Worker, tasks: TaskOwner, listening: list[socket.socket]
) -> float:
    """Carry out what the supervisor says, until it says drain; return the seconds for that."""
    is_listening = False
    while (message := await channel.receive()) is not None:
        match message:
            case Apply(snapshot):
                worker.apply(snapshot)
                if not is_listening:
                    is_listening = True
                    worker.begin()
                    worker.hold({0: listening})
                    await worker.accept([0])
                    gc.freeze()  # what stands by now stays; no collection need look at it again
                    tasks.spawn(_report_each_second(channel, worker), "telemetry")
                channel.send(Applied(snapshot.version))
            case Ask(ticket):
                channel.send(worker.telemetry(ticket))
            case Locate():
                worker.locate(message)
            case Lease(until):
                worker.lease_until = until
            case Drain(timeout):
                return timeout
            case _:
                _log("worker_unexpected_message", type(message).__name__)
    return worker.serving.snapshot.drain_timeout


async def _report_each_second(channel: Channel, worker: Worker) -> None:
    while True:
        await asyncio.sleep(TELEMETRY_EVERY)
        if not channel.unsent:  # a supervisor that does not listen is not flooded
            channel.send(worker.telemetry(0))


def _descriptors() -> int:
    """Descriptors that connections may take; the others are for what a worker needs itself."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(2, soft - RESERVED_DESCRIPTORS)


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
    sys.stderr.write(line.decode() + "\n")


def main() -> None:
    """Run one worker."""
    parser = argparse.ArgumentParser(prog="router.processes.worker")
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--listen-fd", type=int, action="append", default=[])
    arguments = parser.parse_args()
    # A terminal sends its signals to the whole group; only the supervisor may decide what they
    # mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(GC_THRESHOLD, 20, 100)
    control = socket.socket(fileno=arguments.control_fd)
    listening = [socket.socket(fileno=fd) for fd in arguments.listen_fd]
    for each in listening:
        each.setblocking(False)
    uvloop.run(serve(control, listening))


if __name__ == "__main__":
    main()
