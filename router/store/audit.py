"""The audit log: what was asked, by whom, and what became of it; each event names the one before.

An event's hash is SHA-256 over its canonical JSON (`codec.canonical`), in which the hash of the
previous event stands. So nothing can be changed, left out or put in between unless all that follows
is written anew; and who has noted the last hash elsewhere can tell even that.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from router.errors import StoreDamagedError
from router.release.state import Release
from router.store.codec import Document, canonical, document, read

BEGIN: Final = "0" * 64
"""What the first event names as the hash of its predecessor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be noted of a command.

    at: Unix seconds. who: an identity, as of a token. origin: where the command came from.
    service: empty for what concerns none. refused: why it was, or None: it was carried out.
    """

    at: float
    who: str
    origin: str
    command: str
    service: str
    why: str = ""
    old: Release | None = None
    new: Release | None = None
    refused: str | None = None


class Event(msgspec.Struct, frozen=True):
    """An entry in its place in the chain."""

    sequence: int
    at: float
    who: str
    origin: str = msgspec.field(name="from")
    command: str
    service: str
    why: str
    old: Document | None
    new: Document | None
    accepted: bool
    refused: str | None
    previous: str


@dataclass(frozen=True, slots=True)
class Link:
    """An event as it is stored. `text` is its canonical JSON."""

    sequence: int
    service: str
    text: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain."""

    sequence: int = 0
    hash: str = BEGIN


@dataclass(frozen=True, slots=True)
class Intact:
    """Every link holds. Who notes the head elsewhere can tell later that nothing was cut off."""

    head: Head


@dataclass(frozen=True, slots=True)
class Broken:
    """The chain does not hold at this event, the first such; those before it do."""

    sequence: int
    because: str


def forge(entry: Entry, head: Head) -> tuple[Event, Link]:
    """Make the event that follows ``head``."""
    event = Event(
        sequence=head.sequence + 1,
        at=entry.at,
        who=entry.who,
        origin=entry.origin,
        command=entry.command,
        service=entry.service,
        why=entry.why,
        old=document(entry.old),
        new=document(entry.new),
        accepted=entry.refused is None,
        refused=entry.refused,
        previous=head.hash,
    )
    text = canonical(event)
    event = read(text, Event, "an event")  # what UTF-8 cannot hold is no longer in it
    return event, Link(event.sequence, event.service, text, _hash(text))


def unplaced(entry: Entry) -> Event:
    """Make an event that has no place in the chain yet: number 0, after none."""
    event, _ = forge(entry, Head(-1))
    return event


def head_of(link: Link) -> Head:
    """Return the head of a chain that ends with ``link``."""
    return Head(link.sequence, link.hash)


def event_of(link: Link) -> Event:
    """Read a link."""
    return read(link.text, Event, f"audit event {link.sequence}")


async def verify(links: Callable[[int], Awaitable[Sequence[Link]]], head: Head) -> Intact | Broken:
    """Follow the chain up to ``head``, one page after the other, and name the first broken link."""
    reached = Head()
    while reached.sequence < head.sequence:
        page = await links(reached.sequence)
        if not page:
            return Broken(reached.sequence + 1, "it is missing, and so is all that followed")
        for link in page:
            because = _flaw(link, reached)
            if because is not None:
                return Broken(reached.sequence + 1, because)
            reached = head_of(link)
            if reached.sequence == head.sequence:
                break
    return _ended(reached, head)


def _ended(reached: Head, head: Head) -> Intact | Broken:
    if reached.hash != head.hash:
        return Broken(head.sequence, "it is not the event with which the log ended")
    return Intact(head)


def _flaw(link: Link, before: Head) -> str | None:
    """Say what is wrong with the link that should follow ``before``."""
    if link.sequence != before.sequence + 1:
        return "it is missing"
    if _hash(link.text) != link.hash:
        return "it was changed"
    return _flaw_within(link, before)


def _flaw_within(link: Link, before: Head) -> str | None:
    try:
        event = event_of(link)
    except StoreDamagedError:
        return "it cannot be read"
    if event.previous != before.hash:
        return "it does not follow the event before it"
    if (event.sequence, event.service) != (link.sequence, link.service):
        return "it stands in another's place"
    return None


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
