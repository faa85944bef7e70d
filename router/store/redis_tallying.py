"""Sheets of counts in a Redis: a hash for each replica, and beside it when each line has changed.

What has changed of another's sheet comes back as one text: a hundred thousand small replies a
second would cost the reader more than all of what it does with them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from router.errors import StoreDamagedError
from router.store.redis_base import RedisBase
from router.store.redis_rows import as_bytes
from router.store.redis_server import Word
from router.store.tallying import Line, Sheet, Tallied

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[Line])

_LONG_ARRAY: Final = b"\xdd"
"""What begins an array in MessagePack, before its length in four bytes."""

TALLY: Final = """
local number, layout, keep, count = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local before = redis.call('HGET', KEYS[1], ':number') or '0'
for i = 5, 4 + 2 * count, 2 do
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    redis.call('ZADD', KEYS[2], number, ARGV[i])
end
redis.call('HSET', KEYS[1], ':number', number, ':layout', layout)
redis.call('PEXPIRE', KEYS[1], keep)
redis.call('PEXPIRE', KEYS[2], keep)
local replies = {before}
for i = 3, #KEYS, 2 do
    local known = ARGV[5 + 2 * count + (i - 3) / 2]
    local about = redis.call('HMGET', KEYS[i], ':number', ':layout')
    local lines = {}
    local names = redis.call('ZRANGEBYSCORE', KEYS[i + 1], '(' .. known, '+inf')
    for first = 1, #names, 1000 do
        local last = math.min(first + 999, #names)
        for _, line in ipairs(redis.call('HMGET', KEYS[i], unpack(names, first, last))) do
            table.insert(lines, line or nil)
        end
    end
    table.insert(replies, {about[1] or '0', about[2] or '0', #lines, table.concat(lines)})
end
return replies
"""


class RedisTallying(RedisBase):
    """The part of a Redis store that is about counts."""

    async def tally(
        self, instance: str, sheet: Sheet, known: Mapping[str, int], *, keep: float
    ) -> Tallied:
        names, keys = (instance, *known), self._keys
        places = (
            place
            for each in map(as_bytes, names)
            for place in (keys.counts_of(each), keys.counted_of(each))
        )
        words = (*_words(sheet, keep), *known.values())
        before, *replies = await self._run(TALLY, tuple(places), words)
        sheets = {
            name: sheet_of(reply)
            for name, reply in zip(known, replies, strict=True)
            if reply[0] != b"0"
        }
        return Tallied(int(before), sheets)


def sheet_of(reply: Sequence[Any]) -> Sheet:
    """Read what has changed."""
    number, layout, count, lines = reply
    try:
        found = _DECODER.decode(_LONG_ARRAY + count.to_bytes(4, "big") + lines)
        return Sheet(int(number), int(layout), found)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreDamagedError("a replica's counts are not what a router wrote") from error


def _words(sheet: Sheet, keep: float) -> Iterator[Word]:
    yield from (sheet.number, sheet.layout, int(keep * 1000), len(sheet.lines))
    for line in sheet.lines:
        yield from (as_bytes(line.service), _ENCODER.encode(line))
