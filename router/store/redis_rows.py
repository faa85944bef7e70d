"""What a Redis store's keys hold: replies to meaning and back, without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from router.errors import StoreDamagedError, StoreTooNewError
from router.release.state import Release
from router.replica.membership import Presence
from router.store.audit import BEGIN, Head, Link
from router.store.codec import canonical, decode, read
from router.store.meeting import Birth
from router.store.port import KEPT_FOR, Answered, Loaded
from router.store.redis_scripts import FORMAT

LARGEST: Final = 2**53 - 1
"""The largest number that Redis' scripts count exactly."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a store says of itself. birth: None: nothing was ever kept in it.

    changed: the hash of the event that changed a release last: after a failover the same version
    may be another one.
    """

    birth: Birth | None = None
    version: int = 0
    changed: str = ""
    head: Head = field(default_factory=Head)

    @property
    def edition(self) -> str:
        """Tell two states apart that have the same version."""
        return f"{self.birth.id if self.birth else ''}/{self.changed}"


def mark_of(reply: Sequence[bytes]) -> Mark:
    """Read the hash; refuse that of a newer version."""
    fields = fields_of(reply)
    if not fields:
        return Mark()
    try:
        return _mark(fields)
    except (KeyError, ValueError) as error:
        raise StoreDamagedError("the store's mark is not what a router wrote") from error


def _mark(fields: Mapping[str, bytes]) -> Mark:
    found = int(fields["format"])
    if found > FORMAT:
        raise StoreTooNewError("the store", found, FORMAT)
    birth = Birth(fields["birth"].decode(), float(fields["born"]), int(fields["epoch"]))
    head = Head(int(fields["sequence"]), fields["hash"].decode())
    return Mark(birth, int(fields["version"]), fields["changed"].decode(), head)


def loaded_of(mark: Mark, reply: Sequence[bytes]) -> Loaded:
    """Read all releases."""
    releases = [decode(text) for text in reply[1::2]]
    if releases and mark.birth is None:
        raise StoreDamagedError("the store has releases, and its mark is missing")
    return Loaded(mark.version, {release.service: release for release in releases})


def release_of(text: bytes | None) -> Release | None:
    """Read the release of one service."""
    return None if text is None else decode(text)


# Events...


def links_of(entries: Sequence[Any]) -> list[Link]:
    """Read entries of the stream; what was tampered with may be anything."""
    return [_link(number, reply) for number, reply in entries]


def number_of(entry: Sequence[Any]) -> int:
    """Return the number of the event that an entry of a stream is about."""
    return int(entry[0].partition(b"-")[0])


def _link(number: bytes, reply: Sequence[bytes]) -> Link:
    fields = fields_of(reply)
    sequence = int(number.partition(b"-")[0])
    try:
        service, digest = (fields[name].decode("utf-8", "replace") for name in ("service", "hash"))
        return Link(sequence, service, fields["text"], digest)
    except KeyError as error:
        raise StoreDamagedError(f"audit event {sequence} is not what a router wrote") from error


def ends_where_it_should(mark: Mark, last: Sequence[Any]) -> bool:
    """Say whether the last event is the one that is held to be the last."""
    links = links_of(last)
    head = Head(links[0].sequence, links[0].hash) if links else Head(0, BEGIN)
    return head == mark.head


# Answers...


class _Answer(msgspec.Struct):
    fingerprint: str
    status: int
    body: bytes
    at: float


def answer_text(answered: Answered) -> bytes:
    """Write an answer down; its body may be any bytes."""
    return canonical(_Answer(answered.fingerprint, answered.status, answered.body, answered.at))


def answer_of(key: str, text: bytes | None, now: float) -> Answered | None:
    """Read an answer, unless it is too old."""
    if text is None:
        return None
    found = read(text, _Answer, "an answer")
    if now - found.at >= KEPT_FOR:
        return None
    return Answered(key, found.fingerprint, found.status, found.body, found.at)


def as_bytes(text: str) -> bytes:
    """A header may hold what is no text."""
    return text.encode("utf-8", "surrogateescape")


# Replicas...


def presences_of(replies: Sequence[bytes]) -> tuple[Presence, ...]:
    """Read who is there, in the order of their names."""
    found = [read(text, Presence, "a replica's presence") for text in replies]
    return tuple(sorted(found, key=lambda each: (each.replica, each.instance)))


def fields_of(reply: Sequence[bytes]) -> dict[str, bytes]:
    """Read a hash."""
    return {
        name.decode("utf-8", "replace"): value
        for name, value in zip(reply[::2], reply[1::2], strict=True)
    }
