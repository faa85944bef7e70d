"""A backend for copies, in the mood that it is told: it answers, later, or never.

Run as a program it serves: `python -m loadtests.backends.sandbox PORT`, and with a third word the
milliseconds that it takes, or `never`.
"""

import asyncio
import sys
from typing import Final, cast

import httptools
import uvloop
from typing_extensions import override

from loadtests.ground import python

NEVER: Final = "never"
BODY: Final = b'{"variant":"ai","padding":"%b"}' % (b"x" * 995)
ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
    % (len(BODY), BODY)
)


class Conversation(asyncio.Protocol):
    """A connection. late: seconds; None: it hears all and says nothing."""

    def __init__(self, late: float | None) -> None:
        self._late = late
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._late:
            asyncio.get_running_loop().call_later(self._late, self._transport.write, ANSWER)
        elif self._late is not None:
            self._transport.write(ANSWER)


def command(port: int, mood: str = "0") -> list[str]:
    """Build the command that serves on a port; mood: milliseconds, or `never`."""
    return python("loadtests.backends.sandbox", str(port), mood)


async def serve(port: int, late: float | None) -> None:
    """Serve until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(late), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    mood = sys.argv[2]
    uvloop.run(serve(int(sys.argv[1]), None if mood == NEVER else int(mood) / 1000))
