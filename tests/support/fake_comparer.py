"""A comparer that compares nothing: it says once that it has, and then that it lives.

Run as `python fake_comparer.py [--FAULT] --channel-fd N …`: --crash exits at once, --signalled dies
by a signal, --garble speaks another language, --silent says nothing, --mute hangs up and stays,
--stubborn does not end when it is told to.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys

from router.wire.channel import Channel
from router.wire.comparing import CompareBy, Compared, Counted, Finish, Kept, StreamSeen

CRASH_STATUS = 7
SIGN_EVERY = 0.05


async def compare(channel: Channel, *, is_stubborn: bool) -> int:
    telling: asyncio.Task[None] | None = None
    while (message := await channel.receive()) is not None:
        match message:
            case CompareBy(rules):
                results = {service: {"match": 2} for service in rules}
                counted = [Counted(service, "7", None, 0, 0.0, b"2") for service in rules]
                channel.send(Compared(1, counted, is_part=True))
                channel.send(Compared(1, counted, results=results, stream=StreamSeen(3, 4, 0.5)))
                telling = telling or asyncio.ensure_future(live(channel, results))
            case Kept(number):
                sys.stderr.write(f"kept {number}\n")
            case Finish():
                if not is_stubborn:
                    return 0
            case _:
                return 1
    return 0


async def live(channel: Channel, results: dict[str, dict[str, int]]) -> None:
    while True:
        await asyncio.sleep(SIGN_EVERY)
        channel.send(Compared(0, results=results, stream=StreamSeen(3, 4, 0.5)))


def main() -> int:
    parser = argparse.ArgumentParser()
    for fault in ("crash", "signalled", "garble", "silent", "mute", "stubborn"):
        parser.add_argument(f"--{fault}", action="store_true")
    for given in ("channel-fd", "listen-fd", "parent"):
        parser.add_argument(f"--{given}", type=int, required=True)
    told = parser.parse_args()
    if told.crash:
        return CRASH_STATUS
    if told.signalled:
        signal.raise_signal(signal.SIGTERM)
    if told.mute:
        os.close(told.channel_fd)
        signal.pause()
    if told.garble:
        os.write(told.channel_fd, b"GET / HTTP/1.1\r\n\r\n")
    return asyncio.run(serve(told))


async def serve(told: argparse.Namespace) -> int:
    channel = await Channel.over(socket.socket(fileno=told.channel_fd))
    if told.silent:
        while await channel.receive() is not None:
            pass
        return 0
    return await compare(channel, is_stubborn=told.stubborn)


if __name__ == "__main__":
    sys.exit(main())
