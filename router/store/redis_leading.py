"""Who leads, in a Redis: a hash that each replica asks for, and what bears its fence.

The script decides as `replica.leader.granted` does; a test holds one against the other. It is here
that it has to be decided: whoever asks cannot know what the time is in Redis.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from router.errors import StoreDamagedError
from router.replica.leader import Lock
from router.store import redis_scripts as scripts
from router.store.audit import Entry, Event
from router.store.leading import Led, Outranked, Telling, Told
from router.store.redis_base import RedisBase
from router.store.redis_chain import chain
from router.store.redis_rows import as_bytes, fields_of

TOPIC: Final = "told:"
"""What the names of topics begin with in the leader's hash."""

LEAD: Final = """
local leader = KEYS[1]
local instance, seen, hold = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local had = redis.call('HMGET', leader, 'holder', 'fence', 'until')
local fence = tonumber(had[2] or '0')
local stands = had[1] and now < tonumber(had[3] or '0') and fence >= seen
if not stands then
    fence = math.max(seen, fence) + 1
end
if not stands or had[1] == instance then
    redis.call('HSET', leader, 'holder', instance, 'fence', fence, 'until', now + hold)
end
return redis.call('HGETALL', leader)
"""

RESIGN: Final = """
local had = redis.call('HMGET', KEYS[1], 'holder', 'fence')
if had[1] == ARGV[1] and had[2] == ARGV[2] then
    redis.call('HSET', KEYS[1], 'until', 0)
end
"""

TELL: Final = f"""
local leader = table.remove(KEYS)
local fence, state, topic = table.remove(ARGV), table.remove(ARGV), table.remove(ARGV)
if tonumber(fence) < tonumber(redis.call('HGET', leader, 'fence') or '0') then
    return 'outranked'
end
if (redis.call('HGET', leader, topic) or '') == state then
    return 'told'
end
local function keep()
{scripts.KEEP}
end
local kept = keep()
if kept == 'saved' and state == '' then
    redis.call('HDEL', leader, topic)
elseif kept == 'saved' then
    redis.call('HSET', leader, topic, state)
end
return kept
"""
"""Keep an event as `KEEP` does, if whoever tells it leads, and if it is news."""


class RedisLeading(RedisBase):
    """The part of a Redis store that is about leading."""

    async def lead(self, instance: str, seen: int, hold: float) -> Led:
        reply = await self._run(
            LEAD, (self._keys.leader,), (as_bytes(instance), seen, int(hold * 1000))
        )
        return led_of(reply)

    async def resign(self, instance: str, fence: int) -> None:
        await self._run(RESIGN, (self._keys.leader,), (as_bytes(instance), fence))

    async def append_as_leader(self, entry: Entry, telling: Telling) -> Event | Told | Outranked:
        async def attempt() -> Event | Told | Outranked | None:
            chained = chain(self._keys, await self._mark(), entry)
            told = (TOPIC + telling.topic, telling.state, telling.fence)
            match await self._run(
                TELL, (*chained.keys, self._keys.leader), (*chained.words, *told)
            ):
                case b"saved":
                    return chained.event
                case b"told":
                    return Told()
                case b"outranked":
                    return Outranked()
                case reply:
                    self._refuse_if_broken(reply)
                    return None

        return await self._until_settled(attempt)


def led_of(reply: Sequence[bytes]) -> Led:
    """Read the hash."""
    try:
        return _led(fields_of(reply))
    except (KeyError, ValueError) as error:
        raise StoreDamagedError("who leads is not what a router wrote") from error


def _led(fields: Mapping[str, bytes]) -> Led:
    lock = Lock(fields["holder"].decode(), int(fields["fence"]), int(fields["until"]) / 1000)
    told = {
        name.removeprefix(TOPIC): text.decode()
        for name, text in fields.items()
        if name.startswith(TOPIC)
    }
    return Led(lock, told)
