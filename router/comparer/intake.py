"""Where workers bring their pairs.

None of them ever waits for us: what they cannot hand over at once they drop and count, and so they
do when we stop reading because too much waits here.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from router.compare.pair import Pair
from router.errors import WireError
from router.wire.pairs import PairDecoder


class Intake:
    """Accepts workers on ``listening`` and hands on what they bring, batch by batch.

    ``on_garbled`` hears why a worker that does not speak our language was let go.
    """

    def __init__(
        self,
        listening: socket.socket,
        on_pairs: Callable[[list[Pair]], None],
        on_garbled: Callable[[str], None],
    ) -> None:
        self._listening = listening
        self._on_pairs = on_pairs
        self._on_garbled = on_garbled
        self._guests: set[Guest] = set()
        self._server: asyncio.Server | None = None
        self.is_paused = False

    async def open(self) -> None:
        """Take workers in from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Guest(self), sock=self._listening)

    def pause(self) -> None:
        """Read nothing for now."""
        self.is_paused = True
        for guest in self._guests:
            guest.pause()

    def resume(self) -> None:
        """Read again."""
        self.is_paused = False
        for guest in self._guests:
            guest.resume()

    @property
    def is_deserted(self) -> bool:
        """Whether no worker is here."""
        return not self._guests

    def close(self) -> None:
        """Accept nobody more, and let everybody go."""
        if self._server is not None:
            self._server.close()
        for guest in list(self._guests):
            guest.close()

    # Called by the guests...

    def welcome(self, guest: "Guest") -> None:
        self._guests.add(guest)
        if self.is_paused:
            guest.pause()

    def take(self, pairs: list[Pair]) -> None:
        self._on_pairs(pairs)

    def refuse(self, guest: "Guest", why: str) -> None:
        self._on_garbled(why)
        guest.close()

    def part(self, guest: "Guest") -> None:
        self._guests.discard(guest)


class Guest(asyncio.Protocol):
    """One worker's connection."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._decoder = PairDecoder()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._intake.welcome(self)

    def data_received(self, data: bytes) -> None:
        try:
            for batch in self._decoder.feed(data):
                self._intake.take(batch)
        except WireError as error:
            self._intake.refuse(self, str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        self._intake.part(self)

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
