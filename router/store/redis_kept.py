"""Samples and sealed originals in a Redis: what is the same of both.

Each kind has three hashes by id: heads (small, by which records are chosen), texts, and the names
of the sorted sets that a record stands in, so that a script can take it out of all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from router.errors import StoreDamagedError
from router.store.evicting import FRAME, Held
from router.store.records import Sampled, Sealed
from router.store.redis_rows import as_bytes
from router.store.redis_scripts import Keys
from router.store.redis_server import Word

KEEP: Final = """
local heads, texts, places, sizes = unpack(KEYS)
local kind, at = ARGV[1], 2
local function drop(id)
    local packed = redis.call('HGET', places, id)
    if packed then
        local names = cmsgpack.unpack(packed)
        for i = 2, #names do
            redis.call('ZREM', names[i], id)
        end
        redis.call('HINCRBY', sizes, kind, -tonumber(names[1]))
        redis.call('HDEL', places, id)
        redis.call('HDEL', texts, id)
        redis.call('HDEL', heads, id)
        return 1
    end
    return 0
end
local gone = 0
while at <= #ARGV do
    local id, size, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
    gone = gone + drop(id)
    if count > 0 then
        local names = {size}
        for i = at + 5, at + 4 + 2 * count, 2 do
            redis.call('ZADD', ARGV[i + 1], ARGV[i], id)
            table.insert(names, ARGV[i + 1])
        end
        redis.call('HSET', heads, id, ARGV[at + 3])
        redis.call('HSET', texts, id, ARGV[at + 4])
        redis.call('HSET', places, id, cmsgpack.pack(names))
        redis.call('HINCRBY', sizes, kind, size)
    end
    at = at + 5 + 2 * count
end
return gone
"""
"""Have records stand in place of what has their ids; one that stands in no set is removed."""

T = TypeVar("T")

_encode: Final = msgspec.msgpack.Encoder().encode


class SampleHead(msgspec.Struct, frozen=True, array_like=True):
    """What of a sample is not its text."""

    service: str
    phase: str
    at: float
    detail: str
    differences: tuple[tuple[str, str], ...]
    callers: tuple[bytes, ...]
    size: int


class SealedHead(msgspec.Struct, frozen=True, array_like=True):
    """What of a sealed original is not its text."""

    service: str
    at: float
    expires: float
    callers: tuple[bytes, ...]
    size: int


Head = SampleHead | SealedHead


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two kinds, and what its keys are called."""

    name: str
    keys: Keys

    @property
    def heads(self) -> str:
        return self.keys(self.name)

    @property
    def texts(self) -> str:
        return self.keys(f"{self.name}:texts")

    @property
    def all(self) -> str:
        """Sorted set: id by time."""
        return self.keys(f"{self.name}:by-time")

    @property
    def ends(self) -> str:
        """Sorted set: id by when it expires."""
        return self.keys(f"{self.name}:ends")

    def of(self, what: str, *which: str | bytes) -> bytes:
        """Sorted set: id by time, of those of a service, a field or a caller."""
        return self.keys(f"{self.name}:{what}:").encode() + _encode(which)

    @property
    def hashes(self) -> tuple[str, ...]:
        """What the script is told."""
        return (self.heads, self.texts, self.keys(f"{self.name}:places"), self.keys.sizes)


def words_of_sample(kind: Kind, sample: Sampled) -> Iterable[Word]:
    """Return what the script is told of a sample."""
    size = len(sample.text) + FRAME
    head = SampleHead(
        sample.service,
        sample.phase,
        sample.at,
        sample.detail,
        sample.differences,
        sample.callers,
        size,
    )
    fields = dict.fromkeys(field for field, _ in sample.differences)
    places: list[tuple[float, Word]] = [
        (sample.at, kind.all),
        (sample.at, kind.of("service", sample.service)),
        *((sample.at, kind.of("field", sample.service, field)) for field in fields),
        *((sample.at, kind.of("caller", digest)) for digest in dict.fromkeys(sample.callers)),
    ]
    return _words(sample.id, size, head, sample.text, places)


def words_of_sealed(kind: Kind, sealed: Sealed) -> Iterable[Word]:
    """Return what the script is told of an original."""
    size = len(sealed.text) + FRAME
    head = SealedHead(sealed.service, sealed.at, sealed.expires, sealed.callers, size)
    places: list[tuple[float, Word]] = [
        (sealed.at, kind.all),
        (sealed.expires, kind.ends),
        (sealed.at, kind.of("service", sealed.service)),
        *((sealed.at, kind.of("caller", digest)) for digest in dict.fromkeys(sealed.callers)),
    ]
    return _words(sealed.id, size, head, sealed.text, places)


def words_of_nothing(ids: Iterable[bytes]) -> Iterable[Word]:
    """Return what the script is told so that these are removed."""
    for each in ids:
        yield from (each, 0, 0, b"", b"")


def _words(
    number: str, size: int, head: Head, text: bytes, places: Sequence[tuple[float, Word]]
) -> Iterable[Word]:
    yield from (as_bytes(number), size, len(places), _encode(head), text)
    for score, place in places:
        yield from (repr(score), place)


def sample_head(packed: bytes) -> SampleHead:
    """Read what is known of a sample beside its text."""
    return _head(packed, SampleHead)


def sealed_head(packed: bytes) -> SealedHead:
    """Read what is known of an original beside its text."""
    return _head(packed, SealedHead)


def _head(packed: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreDamagedError("a record is not what a router wrote") from error


def sampled(number: bytes, head: SampleHead, text: bytes) -> Sampled:
    """Put a sample together."""
    about = (head.service, head.phase, head.at, head.detail, head.differences, head.callers)
    return Sampled(number.decode("utf-8", "replace"), *about, text)


def original(number: bytes, head: SealedHead, text: bytes) -> Sealed:
    """Put an original together."""
    about = (head.service, head.at, head.expires, head.callers)
    return Sealed(number.decode("utf-8", "replace"), *about, text)


def held_sample(number: bytes, packed: bytes) -> Held:
    """Return what counts of a sample where there are too many."""
    head = sample_head(packed)
    kinds = tuple((head.service, *difference) for difference in head.differences)
    return Held(number.decode(), head.at, head.size, is_sealed=False, kinds=kinds)


def held_sealed(number: bytes, packed: bytes) -> Held:
    """Return what counts of an original where there are too many."""
    head = sealed_head(packed)
    kinds = ((head.service,),)
    return Held(number.decode(), head.at, head.size, is_sealed=True, kinds=kinds)
