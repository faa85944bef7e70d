"""The names of the keys of the Redis store, and the scripts that write them.

Rules of residence:
1. Whoever decides is Python, by the laws of `port`, upon what it has read. A script compares that
   this still stands, and writes all of it or nothing. Only what must hold whatever a router thinks
   is decided here as well: a release never goes back behind its (epoch, revision).
2. A script compares before it writes, for Redis takes back nothing of what a script has written.
3. Nothing later than Redis 6.2. All keys share the hash tag `{prefix}`, so that they lie in one
   slot of a cluster.

The hash of an event is made by the router: Redis' scripts know SHA-1 alone.
"""

from dataclasses import dataclass
from typing import Final

FORMAT: Final = 1
"""Of the keys. A newer one is refused."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the keys of one store are called."""

    prefix: str

    def __call__(self, name: str) -> str:
        return f"{{{self.prefix}}}:{name}"

    @property
    def mark(self) -> str:
        """Hash: format, birth, born, version, changed, epoch, sequence, hash."""
        return self("mark")

    @property
    def releases(self) -> str:
        """Hash: service → release as JSON."""
        return self("releases")

    @property
    def stands(self) -> str:
        """Hash: service → `EPOCH REVISION`."""
        return self("stands")

    @property
    def events(self) -> str:
        """Stream: the audit log; the entry N-0 is event N."""
        return self("events")

    def events_of(self, service: bytes) -> bytes:
        """Stream: which of the events are those of a service, by the same numbers."""
        return self("events:").encode() + service

    @property
    def answers(self) -> str:
        """Hash: idempotency key → answer as JSON."""
        return self("answers")

    @property
    def answer_ages(self) -> str:
        """Sorted set: idempotency key by when it was answered."""
        return self("answers:ages")

    @property
    def secrets(self) -> str:
        """Hash: name → what all replicas have in common and nobody else knows."""
        return self("secrets")

    @property
    def replicas(self) -> str:
        """Hash: instance → presence as JSON."""
        return self("replicas")

    @property
    def replicas_until(self) -> str:
        """Sorted set: instance by when it is forgotten, in ms by Redis' clock."""
        return self("replicas:until")

    @property
    def leader(self) -> str:
        """Hash: holder, fence and until (ms by Redis' clock), and what leaders have told of."""
        return self("leader")

    def counts_of(self, instance: bytes) -> bytes:
        """Hash: service → what a replica has counted of it, and how far it has come with that."""
        return self("counts:").encode() + instance

    def counted_of(self, instance: bytes) -> bytes:
        """Sorted set: service by when its counts have changed last."""
        return self("counted:").encode() + instance

    @property
    def counting(self) -> str:
        """Set: the services that there are counts of."""
        return self("counting")

    def minutes_of(self, service: bytes) -> bytes:
        """Sorted set: the minutes in which something was counted of a service."""
        return self("minutes:").encode() + service

    def minute_of(self, service: bytes, minute: int) -> bytes:
        """Hash: (phase, replica) → what was counted in one minute."""
        return self(f"minute:{minute}:").encode() + service

    def totals_of(self, service: bytes) -> bytes:
        """Hash: (phase, replica) → when it counted last, and what it counted in all."""
        return self("totals:").encode() + service

    @property
    def sizes(self) -> str:
        """Hash: `samples` and `sealed` → the bytes that they take."""
        return self("sizes")

    @property
    def pairs(self) -> str:
        """Stream: sealed pairs that wait for a comparer."""
        return self("pairs")

    @property
    def pairs_held(self) -> str:
        """Hash: `pairs` and `bytes` of that stream."""
        return self("pairs:held")

    def pairs_settled_by(self, reader: str) -> str:
        """Which number of its own a comparer has settled last."""
        return self(f"pairs:settled:{reader}")

    @property
    def guard(self) -> str:
        """What each write writes first, by itself."""
        return self("guard")

    @property
    def filling(self) -> str:
        """What keys are called until a copy is whole."""
        return self("filling:")

    @property
    def news(self) -> str:
        """Channel: says the new version after each change of a release."""
        return self("news")

    @property
    def calls(self) -> str:
        """Channel: what replicas call out to each other."""
        return self("calls")


SAVED: Final = b"saved"
MOVED: Final = b"moved"
"""Somebody else was there first: look again."""
BROKEN: Final = b"broken"
"""The keys do not fit together, or the release would go back though what was read does not say so.
"""

_ANSWER: Final = """
local function remember(answers, ages, key, answer, at, oldest, ttl)
    local old = redis.call('ZRANGEBYSCORE', ages, '-inf', oldest, 'LIMIT', 0, 1000)
    for _, each in ipairs(old) do
        redis.call('HDEL', answers, each)
        redis.call('ZREM', ages, each)
    end
    redis.call('HSET', answers, key, answer)
    redis.call('ZADD', ages, at, key)
    redis.call('PEXPIRE', answers, ttl)
    redis.call('PEXPIRE', ages, ttl)
end
"""

_LAST: Final = """
local function last(stream)
    if redis.call('EXISTS', stream) == 0 then
        return 0
    end
    local about = redis.call('XINFO', 'STREAM', stream)
    for i = 1, #about, 2 do
        if about[i] == 'last-generated-id' then
            return tonumber(string.match(about[i + 1], '^%d+'))
        end
    end
end
"""

_PADDED: Final = """
local function padded(number)
    return string.rep('0', 20 - #number) .. number
end
"""
"""Redis' scripts count exactly up to 2**53, a router up to 2**62: digits are compared as text."""

KEEP: Final = (
    _ANSWER
    + _PADDED
    + _LAST
    + """
local mark, releases, stands, events, events_of, answers, ages = unpack(KEYS)
local seen_birth, seen_sequence, seen_hash, birth, format,
    sequence, event_service, text, hash,
    service, release, epoch, revision,
    key, answer, at, oldest, ttl, channel = unpack(ARGV)

local now = redis.call('HMGET', mark, 'birth', 'sequence', 'hash', 'epoch')
if (now[1] or '') ~= seen_birth or (now[2] or '0') ~= seen_sequence
    or (now[3] or seen_hash) ~= seen_hash then
    return 'moved'
end
for i, kind in ipairs({'hash', 'hash', 'hash', 'stream', 'stream', 'hash', 'zset'}) do
    local found = redis.call('TYPE', KEYS[i]).ok
    if found ~= 'none' and found ~= kind then
        return 'broken'
    end
end
if last(events) >= tonumber(sequence) or last(events_of) >= tonumber(sequence) then
    return 'broken'
end
if release ~= '' then
    local stand = redis.call('HGET', stands, service)
    if stand then
        local e, r = string.match(stand, '^(%d+) (%d+)$')
        if not e or padded(e) .. padded(r) >= padded(epoch) .. padded(revision) then
            return 'broken'
        end
    end
end

redis.call('XADD', events, sequence .. '-0', 'service', event_service, 'text', text, 'hash', hash)
redis.call('XADD', events_of, sequence .. '-0', 'of', '')
if not now[1] then
    redis.call('HSET', mark, 'birth', birth, 'born', redis.call('TIME')[1], 'format', format,
        'version', 0, 'changed', '', 'epoch', 0)
end
redis.call('HSET', mark, 'sequence', sequence, 'hash', hash)
if key ~= '' then
    remember(answers, ages, key, answer, at, oldest, ttl)
end
if release ~= '' then
    local before = string.match(redis.call('HGET', stands, service) or '0 ', '^(%d+) ')
    if padded(epoch) > padded(before) then
        redis.call('HSET', mark, 'birth', birth)
    end
    redis.call('HSET', releases, service, release)
    redis.call('HSET', stands, service, epoch .. ' ' .. revision)
    redis.call('HSET', mark, 'changed', hash)
    if padded(epoch) > padded(now[4] or '0') then
        redis.call('HSET', mark, 'epoch', epoch)
    end
    local version = redis.call('HINCRBY', mark, 'version', 1)
    redis.pcall('PUBLISH', channel, version)  -- who may not publish is noticed by polling
end
return 'saved'
"""
)
"""Add an event to the chain, with the release and the answer that belong to it."""

FIRST: Final = """
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
return redis.call('HGET', KEYS[1], ARGV[1])
"""
"""The first to come is heard by all."""

REMEMBER: Final = _ANSWER + "remember(KEYS[1], KEYS[2], unpack(ARGV)) return 'saved'"
"""Keep an answer by itself."""

BEAT: Final = """
local mark, releases, replicas, ends = unpack(KEYS)
local instance, presence, keep = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, each in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now)) do
    redis.call('HDEL', replicas, each)
    redis.call('ZREM', ends, each)
end
redis.call('HSET', replicas, instance, presence)
redis.call('ZADD', ends, now + keep, instance)
for _, each in ipairs({replicas, ends}) do
    redis.call('PEXPIRE', each, math.max(keep, redis.call('PTTL', each)))
end
return {redis.call('HGETALL', mark), redis.call('HGETALL', releases), redis.call('HVALS', replicas)}
"""
"""Write down that a replica lives, forget who was silent for too long, and say how all stands."""

FILL: Final = """
local mark = KEYS[1]
for i = 1, 4 do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        return 'taken'
    end
end
for i = 5, #KEYS, 2 do
    redis.call('RENAME', KEYS[i], KEYS[i + 1])
    redis.call('PERSIST', KEYS[i + 1])
end
redis.call('HSET', mark, 'born', redis.call('TIME')[1], unpack(ARGV))
return 'saved'
"""
"""Have a copy stand, once all of it is there under other names."""
