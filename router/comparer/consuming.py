"""Messages of the stream on their way to be judged here, and what is done so that none is lost.

A message is ours for as long as we say so every few seconds. What a comparer has that says nothing
any more goes to whoever asks for it. Asking is all that is done here: what was judged is let go of
by whoever keeps the counts.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from router.compare.pair import Pair
from router.comparer.ports import Ports
from router.errors import StoreError, UnreadableError
from router.store.stream import Message

MOST_AT_ONCE: Final = 16
"""Messages."""

LOOK_EVERY: Final = 0.1
"""Seconds until a stream that was empty is looked at again."""

REST: Final = 0.5
"""Seconds after which a store that was away is tried again."""

RENEW_EVERY: Final = 5.0
"""Seconds."""

SILENCE: Final = 30.0
"""Seconds without a word after which a comparer's messages are another's."""

STREAM_UNREADABLE: Final = "stream_unreadable"
STREAM_GIVEN_UP: Final = "stream_given_up"
"""What became of a pair that is not compared: nobody can open it, or it ends whoever tries."""


class Consuming:
    """``reader``: as whom we read, like no other."""

    def __init__(self, ports: Ports, reader: str) -> None:
        self._ports = ports
        self._stream = ports.stream
        self._work = ports.work
        self._reader = reader
        self._away = ports.rare("stream_unreachable")
        self._unreadable = ports.rare("stream_unreadable")
        self._given_up = ports.rare("stream_given_up")
        self._is_over = False

    def stop(self) -> None:
        """Take nothing more; what is in hand stays ours."""
        self._is_over = True

    async def read(self) -> None:
        """Take messages as long as there is room for them, until stopped."""
        while not self._is_over:
            if self._work.parcels.is_full or self._work.waiting.is_full:
                await asyncio.sleep(LOOK_EVERY)
                continue
            try:
                messages = await self._stream.take(self._reader, MOST_AT_ONCE)
            except StoreError as error:
                self._away.note(0, str(error))
                await asyncio.sleep(REST)
                continue
            self._take_in(messages)
            if not messages:
                await asyncio.sleep(LOOK_EVERY)

    async def keep_hold(self) -> None:
        """Say again and again what is ours, and take over what is nobody's, for ever."""
        while True:
            try:
                await self.renew()
            except StoreError as error:
                self._away.note(0, str(error))
            await asyncio.sleep(RENEW_EVERY)

    async def renew(self) -> None:
        """Do both once; raise StoreError."""
        if ids := self._work.parcels.ids:
            await self._stream.renew(self._reader, ids)
        if self._is_over or self._work.parcels.is_full:
            return
        found = await self._stream.take_over(self._reader, SILENCE, MOST_AT_ONCE)
        self._take_in(found.messages)
        for lost in found.given_up:
            why = "no comparer has come to their end"
            self._ports.lose(self._given_up, lost.service, STREAM_GIVEN_UP, lost.pairs, why)

    def _take_in(self, messages: Iterable[Message]) -> None:
        for it in messages:
            if not self._work.parcels.has(it.id):
                parcel = self._work.parcels.open(it.id, len(it.sealed), it.pairs)
                self._work.take(self._opened(it), parcel)

    def _opened(self, message: Message) -> Sequence[Pair]:
        """Return its pairs; what nobody can read is done with as it is, for it would come again."""
        try:
            return self._ports.seals.open(message.service, message.sealed)
        except UnreadableError as error:
            lost = (message.service, STREAM_UNREADABLE, message.pairs)
            self._ports.lose(self._unreadable, *lost, str(error))
            return ()
