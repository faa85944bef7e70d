"""The only asyncio of the wire: one connected Unix socket between a supervisor and its worker."""

import asyncio
import collections
import socket
from typing import Final

from router.errors import WireError
from router.wire.codec import Decoder, Message, encode

CHUNK: Final = 64 * 1024
"""Bytes read at once."""


class Channel:
    """Messages over a connected socket, in order, both ways.

    `send` never blocks: what the other side has not read yet is kept here, see `unsent`. What is
    sent after the end is lost; `receive` is where the end is noticed. One task may receive.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = Decoder()
        self._arrived: collections.deque[Message] = collections.deque()

    @classmethod
    async def over(cls, connected: socket.socket) -> "Channel":
        """Take over ``connected``, on whichever event loop is running."""
        connected.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=connected, limit=CHUNK)
        return cls(reader, writer)

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    def send(self, message: Message) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(message))

    async def receive(self) -> Message | None:
        """Return the next message, or None once the other side has closed.

        Raises `WireError` when the other side does not speak our language, and closes.
        """
        while not self._arrived:
            try:
                chunk = await self._reader.read(CHUNK)
            except ConnectionError:
                return None
            if not chunk:
                return None
            self._take(chunk)
        return self._arrived.popleft()

    def close(self) -> None:
        """Send what is still unsent, then close."""
        self._writer.close()

    async def wait_closed(self) -> None:
        """Return when the socket is released."""
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return

    def _take(self, chunk: bytes) -> None:
        try:
            for message in self._decoder.feed(chunk):
                self._arrived.append(message)
        except WireError:
            self.close()
            raise
