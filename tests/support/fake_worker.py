"""A worker that serves nothing: it speaks the control protocol, and counts each snapshot.

Run as `python fake_worker.py [--crash|--garble|--deaf|--silent|--shy] --state-dir DIR …`: it exits
at once, speaks another language, hangs up without ending, never says more than hello, or not even
that. `--stand=SERVICE:EPOCH:REVISION`: it says that it serves by this already.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from router.wire.channel import Channel
from router.wire.control_socket import connect_control
from router.wire.counting import REFUSED, CounterMemory, make_memory
from router.wire.handover import send_hello
from router.wire.messages import (
    Accept,
    Accepting,
    Applied,
    Apply,
    Drain,
    Hello,
    Lease,
    Leaving,
    Telemetry,
)

CRASH_STATUS = 7


class FakeWorker:
    """One life under one supervisor; it ends with it."""

    def __init__(self, control: socket.socket, memory: CounterMemory) -> None:
        self._control = control
        self._memory = memory

    async def serve(self) -> int:
        channel = await Channel.over(self._control)
        telling = asyncio.ensure_future(tell(channel))
        while (message := await channel.receive()) is not None:
            match message:
                case Apply(snapshot):
                    self._memory.worker[REFUSED["no_route"]] += 1
                    stands = {it.name: (it.epoch, it.revision) for it in snapshot.services}
                    channel.send(Applied(snapshot.version, stands))
                case Accept(slots):
                    channel.send(Accepting(slots))
                case Lease():
                    pass
                case Drain():
                    channel.send(Leaving())
                    channel.send(Accepting([]))
                    break
                case _:
                    return 1
        telling.cancel()
        channel.close()
        await channel.wait_closed()
        return 0


async def tell(channel: Channel) -> None:
    while True:
        await asyncio.sleep(0.5)
        channel.send(Telemetry())


def connected(arguments: argparse.Namespace, memory: int) -> socket.socket:
    control = connect_control(arguments.state_dir)
    slots, descriptors = zip(*arguments.listen_fd, strict=True)
    hello = Hello(arguments.name, os.getpid(), list(slots), 0, dict(arguments.stand))
    send_hello(control, hello, [memory, *descriptors])
    return control


def slot_and_descriptor(text: str) -> tuple[int, int]:
    slot, descriptor = text.split(":")
    return int(slot), int(descriptor)


def service_and_stand(text: str) -> tuple[str, tuple[int, int]]:
    service, epoch, revision = text.split(":")
    return service, (int(epoch), int(revision))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--rates-fd", type=int, required=True)
    parser.add_argument("--listen-fd", type=slot_and_descriptor, action="append", required=True)
    parser.add_argument("--stand", type=service_and_stand, action="append", default=[])
    for fault in ("--crash", "--garble", "--deaf", "--silent", "--shy"):
        parser.add_argument(fault, action="store_true")
    arguments = parser.parse_args()
    if arguments.crash:
        return CRASH_STATUS
    if arguments.shy:
        signal.pause()
    memory = make_memory("fake")
    control = connected(arguments, memory)
    if arguments.garble:
        control.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    if arguments.garble or arguments.deaf:
        control.shutdown(socket.SHUT_WR)
    if arguments.garble or arguments.deaf or arguments.silent:
        signal.pause()
    return asyncio.run(FakeWorker(control, CounterMemory(memory)).serve())


if __name__ == "__main__":
    sys.exit(main())
