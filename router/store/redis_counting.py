"""Counts of comparisons in a Redis: a hash for each minute of a service, and one for all of it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final

import msgspec

from router.errors import StoreDamagedError
from router.store.records import DAY, Limits, Minute, Total, within
from router.store.redis_base import RedisBase
from router.store.redis_rows import as_bytes
from router.store.redis_server import Command

AT_ONCE: Final = 200
"""Minutes that are read or removed in one step."""

KEPT_FOR: Final = int(3 * DAY)
"""Seconds after which Redis forgets a minute by itself, should no router be there to do it."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_who: Final = msgspec.msgpack.Decoder(tuple[str, str]).decode
_decode_total: Final = msgspec.msgpack.Decoder(tuple[float, bytes]).decode


class RedisCounting(RedisBase):
    """The part of records in a Redis that is about counts."""

    async def count(self, minutes: Sequence[Minute], totals: Sequence[Total]) -> None:
        commands = [*self._of_minutes(minutes), *self._of_totals(totals)]
        if commands:
            await self._write(*commands)

    async def minutes(
        self, service: str, *, phase: str | None = None, since: float, until: float
    ) -> Sequence[Minute]:
        name, found = as_bytes(service), list[Minute]()
        bounds = (repr(since / 60), f"({until / 60!r}")
        (numbers,) = await self._read(("ZRANGEBYSCORE", self._keys.minutes_of(name), *bounds))
        for piece in _pieces([int(number) for number in numbers]):
            read = [("HGETALL", self._keys.minute_of(name, minute)) for minute in piece]
            replies = await self._read_each(read)
            for minute, reply in zip(piece, replies, strict=True):
                for (its_phase, replica), counts in _rows(reply):
                    if within(its_phase, phase):
                        found.append(Minute(service, its_phase, minute, replica, counts))
        return sorted(found, key=lambda each: (each.minute, each.phase, each.replica))

    async def totals(self, service: str, *, phase: str | None = None) -> Sequence[Total]:
        found = [each async for each in self._all_totals(service) if within(each.phase, phase)]
        return sorted(found, key=lambda each: (each.at, each.phase, each.replica))

    # Own...

    def _of_minutes(self, minutes: Iterable[Minute]) -> Iterable[Command]:
        for each in minutes:
            service, who = as_bytes(each.service), _encode((each.phase, each.replica))
            place = self._keys.minute_of(service, each.minute)
            yield ("SADD", self._keys.counting, service)
            yield ("ZADD", self._keys.minutes_of(service), each.minute, each.minute)
            yield ("HSET", place, who, each.counts)
            yield ("EXPIRE", place, KEPT_FOR)

    def _of_totals(self, totals: Iterable[Total]) -> Iterable[Command]:
        for each in totals:
            service, who = as_bytes(each.service), _encode((each.phase, each.replica))
            yield ("SADD", self._keys.counting, service)
            yield ("HSET", self._keys.totals_of(service), who, _encode((each.at, each.counts)))

    async def _all_totals(self, service: str) -> AsyncIterator[Total]:
        (reply,) = await self._read(("HGETALL", self._keys.totals_of(as_bytes(service))))
        for (phase, replica), packed in _rows(reply):
            at, counts = _total(packed)
            yield Total(service, phase, replica, at, counts)

    async def _end_counts(self, limits: Limits, now: float) -> tuple[int, int]:
        """Remove counts that are too old; return how many minutes and totals that were."""
        past = left = 0
        (services,) = await self._read(("SMEMBERS", self._keys.counting))
        for name in services:
            past += await self._end_minutes(name, (now - limits.minutes) / 60)
            left += await self._end_totals(name, now - limits.max_age)
        return past, left

    async def _end_minutes(self, name: bytes, ended: float) -> int:
        index, gone = self._keys.minutes_of(name), 0
        (numbers,) = await self._read(("ZRANGEBYSCORE", index, "-inf", f"({ended!r}"))
        for piece in _pieces([int(number) for number in numbers]):
            places = [self._keys.minute_of(name, minute) for minute in piece]
            gone += sum(await self._read_each([("HLEN", place) for place in places]))
            await self._write(("DEL", *places), ("ZREM", index, *piece))
        return gone

    async def _end_totals(self, name: bytes, oldest: float) -> int:
        service = name.decode("utf-8", "surrogateescape")
        old = [
            _encode((each.phase, each.replica))
            async for each in self._all_totals(service)
            if each.at < oldest
        ]
        if not old:
            return 0
        (gone,) = await self._write(("HDEL", self._keys.totals_of(name), *old))
        return int(gone)

    async def _read_each(self, commands: Sequence[Command]) -> list[Any]:
        return await self._read(*commands) if commands else []


def _pieces(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE))


def _rows(reply: Sequence[bytes]) -> Iterable[tuple[tuple[str, str], bytes]]:
    for who, value in zip(reply[::2], reply[1::2], strict=True):
        try:
            yield _decode_who(who), value
        except (msgspec.MsgspecError, ValueError) as error:
            raise _damaged() from error


def _total(packed: bytes) -> tuple[float, bytes]:
    try:
        return _decode_total(packed)
    except (msgspec.MsgspecError, ValueError) as error:
        raise _damaged() from error


def _damaged() -> StoreDamagedError:
    return StoreDamagedError("counts of a comparison are not what a router wrote")
