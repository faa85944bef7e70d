"""The scripts of the stream of pairs. KEYS: the stream, what of it waits; ARGV[1]: the group.

The rules of `redis_scripts` hold. The group is made wherever it is missing: the stream has an end
of its own, a while after the last message or look, so that nothing stays that nobody comes for. It
is twice the age that a message may have, and put off by whoever looks: so what is too old is always
given up by somebody, who counts it.
"""

from typing import Final

GROUP: Final = "comparers"

_GROUP: Final = """
local stream, held, group = KEYS[1], KEYS[2], ARGV[1]
redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
"""

_NOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

_LET_GO: Final = """
local function let_go(id, bytes, pairs)
    redis.call('XACK', stream, group, id)
    if redis.call('XDEL', stream, id) == 1 then
        redis.call('HINCRBY', held, 'bytes', 0 - bytes)
        redis.call('HINCRBY', held, 'pairs', 0 - pairs)
    end
end
local function give_up(entry, told)
    local said = {service = '', pairs = '0', sealed = ''}
    for i = 1, #entry[2], 2 do
        said[entry[2][i]] = entry[2][i + 1]
    end
    local is_number = #said.pairs < 7 and string.match(said.pairs, '^%d+$')
    let_go(entry[1], #said.sealed, is_number and tonumber(said.pairs) or 0)
    table.insert(told, said.service)
    table.insert(told, said.pairs)
end
"""

_GIVE_UP_OLD: Final = """
local function give_up_old(age, most)
    local expired = {}
    local oldest = string.format('%.0f', now - age)
    for _, entry in ipairs(redis.call('XRANGE', stream, '-', oldest, 'COUNT', most)) do
        local reading = redis.call('XPENDING', stream, group, entry[1], entry[1], 1)
        if #reading == 0 or reading[1][3] > age then
            give_up(entry, expired)
        end
    end
    return expired
end
"""

_PUT_OFF: Final = """
local function put_off_the_end()
    local age = tonumber(redis.call('HGET', held, 'age') or 0)
    if age > 0 and redis.call('PTTL', stream) < 1.5 * age then
        redis.pcall('PEXPIRE', stream, 2 * age)
        redis.pcall('PEXPIRE', held, 2 * age)
    end
end
"""
"""Each replica looks every second: where there is much time left, nothing is written."""

ADD: Final = (
    _GROUP
    + _NOW
    + _LET_GO
    + _GIVE_UP_OLD
    + """
local most, age = tonumber(ARGV[2]), tonumber(ARGV[3])
local service, pairs, sealed = ARGV[4], ARGV[5], ARGV[6]
local expired = give_up_old(age, 10)
if redis.call('XLEN', stream) == 0 then
    redis.call('DEL', held)
end
if tonumber(redis.call('HGET', held, 'bytes') or 0) >= most then
    return {0, expired}
end
redis.call('XADD', stream, '*', 'service', service, 'pairs', pairs, 'sealed', sealed)
redis.call('HINCRBY', held, 'bytes', #sealed)
redis.call('HINCRBY', held, 'pairs', pairs)
redis.call('HSET', held, 'age', age)
redis.call('PEXPIRE', stream, 2 * age)
redis.call('PEXPIRE', held, 2 * age)
return {1, expired}
"""
)
"""Give up what is too old, and take one message if there is room: whatever its own size, so that
large ones are not left out more often than small ones."""

EXPIRE: Final = (
    _GROUP
    + _NOW
    + _LET_GO
    + _GIVE_UP_OLD
    + """
return give_up_old(tonumber(ARGV[2]), 100)
"""
)
"""Give up what is too old, where nobody adds."""

TAKE: Final = (
    _GROUP
    + _PUT_OFF
    + """
local reader, most = ARGV[2], ARGV[3]
put_off_the_end()
local found = redis.call(
    'XREADGROUP', 'GROUP', group, reader, 'COUNT', most, 'STREAMS', stream, '>')
return found and found[1][2] or {}
"""
)
"""Hand out what nobody has yet."""

TAKE_OVER: Final = (
    _GROUP
    + _LET_GO
    + """
local reader, silence, most = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local deliveries, forget = tonumber(ARGV[5]), tonumber(ARGV[6])
local entries, given_up = {}, {}
for _, found in ipairs(redis.call('XPENDING', stream, group, 'IDLE', silence, '-', '+', most)) do
    local id = found[1]
    local entry = redis.call('XRANGE', stream, id, id)[1]
    if not entry then
        redis.call('XACK', stream, group, id)
    elseif found[4] >= deliveries then
        give_up(entry, given_up)
    else
        redis.call('XCLAIM', stream, group, reader, silence, id)
        table.insert(entries, entry)
    end
end
for _, about in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
    if about[4] == 0 and about[6] > forget and about[2] ~= reader then
        redis.call('XGROUP', 'DELCONSUMER', stream, group, about[2])
    end
end
return {entries, given_up}
"""
)
"""Hand out what a silent reader has, and forget readers who are gone."""

RENEW: Final = (
    _GROUP
    + _PUT_OFF
    + """
local reader = ARGV[2]
put_off_the_end()
for i = 3, #ARGV do
    if #redis.call('XPENDING', stream, group, ARGV[i], ARGV[i], 1, reader) == 1 then
        redis.call('XCLAIM', stream, group, reader, 0, ARGV[i], 'JUSTID')
    end
end
return 1
"""
)
"""Begin the silence of a reader's messages anew."""

DEPTH: Final = (
    _GROUP
    + _NOW
    + _PUT_OFF
    + """
put_off_the_end()
local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
if not first then
    return {0, 0, 0}
end
local came = tonumber(string.match(first[1], '^%d+'))
local words = redis.call('HMGET', held, 'pairs', 'bytes')
return {tonumber(words[1] or 0), tonumber(words[2] or 0), math.max(0, now - came)}
"""
)
"""Say how much waits or is being judged, and for how long."""

SETTLE: Final = (
    _GROUP
    + _LET_GO
    + """
local reader, known, number, after, count = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local said = redis.call('GET', known) or '0'
if said == number then
    return 1
elseif said ~= after then
    return 0
end
for i = 7, 4 + 3 * count, 3 do
    if #redis.call('XPENDING', stream, group, ARGV[i], ARGV[i], 1, reader) == 0 then
        return 0
    end
end
for i = 7, 4 + 3 * count, 3 do
    let_go(ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]))
end
local at = 7 + 3 * count
while at <= #ARGV do
    local words = tonumber(ARGV[at])
    redis.call(unpack(ARGV, at + 1, at + words))
    at = at + words + 1
end
redis.call('SET', known, number, 'EX', 604800)
return 1
"""
)
"""Keep counts and let go of the messages in them, if these are still the reader's, and what it has
settled before is known."""
