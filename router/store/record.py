"""What stands in one slot of the rollback journal: bytes to meaning and back, without I/O.

    magic (4) · format (2) · length (2) · sequence (8) · digest (16) · text (length) · zeros

A slot has a fixed size and checks itself, so that no other part of the file has to be right for it
to be read. A write that was cut anywhere is either whole or nothing.
"""

import hashlib
import struct
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import msgspec

from router.errors import NotDurableError, StoreDamagedError, StoreTooNewError
from router.release.state import Release
from router.store.audit import Entry
from router.store.codec import canonical, decode, encode, read, rewrite

T = TypeVar("T")

SLOT: Final = 4096
"""Bytes: what disks and file systems write in one piece, if anything."""

FORMAT: Final = 1
"""Of a slot."""

_MAGIC: Final = b"GRAY"
_HEAD: Final = struct.Struct(">4sHHQ16s")
_ROOM: Final = SLOT - _HEAD.size
_KEPT_CHARACTERS: Final = (512, 128, 24)
"""How much of a text is kept where the whole has no room, tried in this order."""


@dataclass(frozen=True, slots=True)
class Record:
    """A rollback, and what the audit log has to say of it. A larger sequence was written later."""

    sequence: int
    release: Release
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Text:
    release: msgspec.Raw
    entry: Entry


def pack(record: Record) -> bytes:
    """Return the bytes of a slot; texts that have no room are cut."""
    text = _fitting(record)
    head = _HEAD.pack(_MAGIC, FORMAT, len(text), record.sequence, bytes(16))
    digest = _digest(head, text)
    head = _HEAD.pack(_MAGIC, FORMAT, len(text), record.sequence, digest)
    return (head + text).ljust(SLOT, b"\0")


def unpack(slot: bytes) -> Record | None:
    """Read a slot. None: nothing was ever written there, or not to its end.

    Raises StoreError for what is whole, and yet cannot be understood.
    """
    if len(slot) < SLOT:
        return None
    magic, format_, length, sequence, digest = _HEAD.unpack_from(slot)
    if magic != _MAGIC or length > _ROOM:
        return None
    text = slot[_HEAD.size : _HEAD.size + length]
    if _digest(_HEAD.pack(magic, format_, length, sequence, bytes(16)), text) != digest:
        return None
    if format_ > FORMAT:
        raise StoreTooNewError("a record of the rollback journal", format_, FORMAT)
    return _record(sequence, text)


def _record(sequence: int, text: bytes) -> Record:
    what = "a record of the rollback journal"
    found = read(text, _Text, what)
    release = decode(bytes(found.release))
    if release.service != found.entry.service:
        raise StoreDamagedError(f"{what} is of two services")
    return Record(sequence, release, replace(found.entry, new=release))


def _digest(head: bytes, text: bytes) -> bytes:
    return hashlib.blake2b(head + text, digest_size=16).digest()


def _fitting(record: Record) -> bytes:
    entry = replace(record.entry, new=None)  # it is the release itself
    text = _write(record.release, entry)
    for characters in _KEPT_CHARACTERS:
        if len(text) <= _ROOM:
            return text
        text = _write(
            _cut(record.release, Release, characters),
            _cut(replace(entry, old=None), Entry, characters),
        )
    if len(text) > _ROOM:
        raise NotDurableError(
            f"the release of {record.release.service!r} takes {len(text)} bytes, "
            f"a record of the rollback journal has {_ROOM}"
        )
    return text


def _write(release: Release, entry: Entry) -> bytes:
    parts = {"release": encode(release), "entry": canonical(entry)}
    return canonical({name: msgspec.Raw(part) for name, part in parts.items()})


def _cut(value: object, kind: type[T], characters: int) -> T:
    """Return ``value`` with its long texts cut; the name of the service stays whole."""

    def cut(text: str) -> str:
        return text if len(text) <= characters else text[: characters - 1] + "…"

    return msgspec.convert(rewrite(msgspec.to_builtins(value), cut, spare="service"), kind)
