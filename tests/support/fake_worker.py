"""A worker that serves nothing: it speaks the control protocol, and counts what it is told to.

Run as `python fake_worker.py [--crash|--garble|--deaf] --control-fd N --listen-fd M`: it exits at
once, speaks another language, or hangs up without ending.
"""

import argparse
import asyncio
import signal
import socket
import sys

from router.wire.channel import Channel
from router.wire.messages import Applied, Apply, Ask, Drain, Telemetry

CRASH_STATUS = 7


async def serve(control: socket.socket) -> int:
    channel = await Channel.over(control)
    while (message := await channel.receive()) is not None:
        match message:
            case Apply(snapshot):
                channel.send(Applied(snapshot.version))
            case Ask(ticket):
                channel.send(Telemetry(ticket, [], {"no_route": ticket}, 0))
            case Drain():
                break
            case _:
                return 1
    channel.close()
    await channel.wait_closed()
    return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--listen-fd", type=int, action="append", required=True)
    for fault in ("--crash", "--garble", "--deaf"):
        parser.add_argument(fault, action="store_true")
    arguments = parser.parse_args()
    if arguments.crash:
        return CRASH_STATUS
    control = socket.socket(fileno=arguments.control_fd)
    if arguments.garble:
        control.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    if arguments.garble or arguments.deaf:
        control.shutdown(socket.SHUT_WR)
        signal.pause()
    return asyncio.run(serve(control))


if __name__ == "__main__":
    sys.exit(main())
