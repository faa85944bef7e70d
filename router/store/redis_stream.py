"""The stream of sealed pairs in a Redis, with a consumer group of all comparers.

What waits is counted beside it: the length of a stream says nothing of its bytes.
"""

from collections.abc import Sequence
from typing import Any, Final

from router.store import redis_stream_scripts as scripts
from router.store.records import Minute, Total
from router.store.redis_counting import RedisCounting
from router.store.redis_rows import as_bytes
from router.store.redis_server import Word
from router.store.stream import (
    MOST_DELIVERIES,
    Added,
    Bounds,
    Depth,
    Lost,
    Message,
    Offer,
    Settled,
    TakenOver,
)

FORGET_READER: Final = 600.0
"""Seconds after which a silent reader without messages is forgotten."""

_LONGEST_NUMBER: Final = 7
"""Digits that no message has of pairs; the scripts know it, too."""


class RedisStream(RedisCounting):
    """Any number of them may be open upon the same keys."""

    async def add(self, offers: Sequence[Offer], bounds: Bounds) -> Added:
        limits = (bounds.most_bytes, int(bounds.max_age * 1000))
        replies = await self._write(
            *(
                self._command(scripts.ADD, *limits, as_bytes(it.service), it.pairs, it.sealed)
                for it in offers
            )
        )
        expired = [lost for _, said in replies for lost in _lost(said)]
        return Added([bool(is_taken) for is_taken, _ in replies], expired)

    async def expire(self, max_age: float) -> Sequence[Lost]:
        return _lost(await self._run_here(scripts.EXPIRE, int(max_age * 1000)))

    async def take(self, reader: str, most: int) -> Sequence[Message]:
        (found,) = await self._read(self._command(scripts.TAKE, reader, most))
        return _messages(found)

    async def take_over(self, reader: str, silence: float, most: int) -> TakenOver:
        limits = (int(silence * 1000), most, MOST_DELIVERIES, int(FORGET_READER * 1000))
        entries, given_up = await self._run_here(scripts.TAKE_OVER, reader, *limits)
        return TakenOver(_messages(entries), _lost(given_up))

    async def renew(self, reader: str, ids: Sequence[str]) -> None:
        await self._run_here(scripts.RENEW, reader, *ids)

    async def depth(self) -> Depth:
        ((pairs, size, age),) = await self._read(self._command(scripts.DEPTH))
        return Depth(int(pairs), int(size), int(age) / 1000)

    async def settle(
        self, minutes: Sequence[Minute], totals: Sequence[Total], settled: Settled
    ) -> bool:
        held = [word for it in settled.messages for word in (it.id, it.bytes, it.pairs)]
        counts = [*self._of_minutes(minutes), *self._of_totals(totals)]
        writes = [word for command in counts for word in (len(command), *command)]
        known = self._keys.pairs_settled_by(settled.reader)
        numbers = (settled.number, settled.after, len(settled.messages))
        about: tuple[Word, ...] = (settled.reader, known, *numbers)
        return bool(await self._run_here(scripts.SETTLE, *about, *held, *writes))

    # Own...

    def _command(self, script: str, *words: Word) -> tuple[Word, ...]:
        return ("EVAL", script, 2, self._keys.pairs, self._keys.pairs_held, scripts.GROUP, *words)

    async def _run_here(self, script: str, *words: Word) -> Any:
        (reply,) = await self._write(self._command(script, *words))
        return reply


def _messages(entries: Sequence[Any]) -> list[Message]:
    return [_message(number, fields) for number, fields in entries]


def _message(number: bytes, fields: Sequence[bytes]) -> Message:
    """Read an entry; one that no router wrote has nothing sealed, and opens for nobody."""
    said = dict(zip(fields[::2], fields[1::2], strict=True))
    (lost,) = _lost((said.get(b"service", b""), said.get(b"pairs", b"")))
    return Message(number.decode(), lost.service, lost.pairs, said.get(b"sealed", b""))


def _lost(said: Sequence[bytes]) -> list[Lost]:
    return [
        Lost(service.decode("utf-8", "surrogateescape"), _number(pairs))
        for service, pairs in zip(said[::2], said[1::2], strict=True)
    ]


def _number(written: bytes) -> int:
    """Read how many pairs there are; of who writes no number of them there are none."""
    return int(written) if written.isdigit() and len(written) < _LONGEST_NUMBER else 0
