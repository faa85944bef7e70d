"""The only asyncio of the wire: one connected Unix socket between a supervisor and its worker."""

import asyncio
import collections
import socket

from router.errors import WireError
from router.wire.codec import Decoder, Message, encode


class Channel:
    """Messages over a connected socket, in order, both ways.

    `send` never blocks: what the other side has not read yet is kept here, see `unsent`. What is sent
    after the end is lost; `receive` is where the end is noticed. One task at a time may receive.
    """

    def __init__(self, lines: "_Lines", transport: asyncio.Transport) -> None:
        self._lines = lines
        self._transport = transport

    @classmethod
    async def over(cls, connected: socket.socket) -> "Channel":
        """Take over ``connected``, on whichever event loop is running."""
        loop = asyncio.get_running_loop()
        connected.setblocking(False)
        transport, lines = await loop.create_unix_connection(_Lines, sock=connected)
        return cls(lines, transport)

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not taken yet."""
        return self._transport.get_write_buffer_size()

    def send(self, message: Message) -> None:
        if not self._transport.is_closing():
            self._transport.write(encode(message))

    async def receive(self) -> Message | None:
        """Return the next message, or None once the other side has closed.

        Raises `WireError` when the other side does not speak our language; the channel is closed then.
        """
        return await self._lines.next()

    def close(self) -> None:
        """Send what is still unsent, then close."""
        self._transport.close()


class _Lines(asyncio.Protocol):
    """What has arrived and was not received yet."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._arrived: collections.deque[Message] = collections.deque()
        self._waiting: asyncio.Future[None] | None = None
        self._transport: asyncio.BaseTransport | None = None
        self._error: WireError | None = None
        self._ended = False

    async def next(self) -> Message | None:
        while not self._arrived:
            if self._error is not None:
                raise self._error
            if self._ended:
                return None
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._arrived.popleft()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._error is not None:
            return
        try:
            self._arrived.extend(self._decoder.feed(data))
        except WireError as error:
            self._error = error
            if self._transport is not None:
                self._transport.close()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        self._waiting = None
