"""What replicas tell each other of rollbacks, and the one reader of it.

Rule 1: a rollback, and nothing that gives AI anything. Whatever says more is refused.
Rule 2: what came is bounded before it is read, and nothing of what is refused is repeated.
Rule 3: an unknown field is left alone: a newer version may say more, and a rollback has to be heard
all the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeVar

import msgspec

from router.control.fleet.words import Word
from router.errors import PeerMessageError, StoreError
from router.release.state import Release, Status
from router.replica.membership import Presence
from router.settings.addresses import read_peer_url
from router.settings.problems import NotAllowedError
from router.store.codec import decode, encode

LARGEST: Final = 1024 * 1024
"""Bytes of a message, sealed as it travels."""

FULL: Final = LARGEST // 4
"""Bytes of releases in one message, which bears a presence besides: more take more messages."""

MOST_SERVICES: Final = 10_000

LONGEST_NAME: Final = 255

T = TypeVar("T")

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


@dataclass(frozen=True, slots=True)
class Call:
    """Services are rolled back. `call` is this message's own, and stands in the words upon it."""

    call: str
    presence: Presence
    releases: tuple[Release, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a replica says upon a call."""

    call: str
    presence: Presence
    words: tuple[Word, ...]


class _Call(msgspec.Struct, frozen=True):
    call: Name
    presence: Presence
    releases: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MOST_SERVICES)]


class _Word(msgspec.Struct, frozen=True):
    """A word as it may be: see `Word`."""

    instance: Name
    replica: Name
    service: Name
    workers: Count
    acked: Count
    applied_ms: Milliseconds
    last_begun_ago_ms: Milliseconds | None
    in_flight: Count
    in_store: bool


class _Words(msgspec.Struct, frozen=True):
    call: Name
    presence: Presence
    words: Annotated[list[_Word], msgspec.Meta(max_length=MOST_SERVICES)]


class _Said(msgspec.Struct, frozen=True):
    """A message where nothing else says of which kind it is."""

    kind: str
    said: msgspec.Raw


CALL: Final = "rollback"
WORDS: Final = "words"


# Writing...


def write_call(call: Call) -> bytes:
    """Write it; its releases as a store has them."""
    releases = [msgspec.Raw(encode(release)) for release in call.releases]
    return msgspec.json.encode(_Call(call.call, call.presence, releases))


def write_words(words: Words) -> bytes:
    """Write words, without their kind: whoever asked knows it."""
    return msgspec.json.encode(words)


def say(message: Call | Words) -> bytes:
    """Write it with its kind."""
    if isinstance(message, Call):
        said = _Said(CALL, msgspec.Raw(write_call(message)))
    else:
        said = _Said(WORDS, msgspec.Raw(write_words(message)))
    return msgspec.json.encode(said)


def parted(releases: Sequence[Release]) -> Iterator[tuple[Release, ...]]:
    """Divide releases into as many as fit into one message each."""
    part: list[Release] = []
    size = 0
    for release in releases:
        length = len(encode(release))
        if part and size + length > FULL:
            yield tuple(part)
            part, size = [], 0
        part.append(release)
        size += length
    if part:
        yield tuple(part)


# Reading...


def read_call(text: bytes) -> Call:
    """Read a call; raise `PeerMessageError` for anything else, and for what is no rollback."""
    found = read(text, _Call, "a call")
    releases = tuple(_rollback(bytes(release)) for release in found.releases)
    if len({release.service for release in releases}) != len(releases):
        raise PeerMessageError("a call names a service twice")
    return Call(found.call, checked(found.presence), releases)


def read_words(text: bytes) -> Words:
    """Read words; raise `PeerMessageError` for anything else."""
    found = read(text, _Words, "an answer")
    presence = checked(found.presence)
    if any(word.instance != presence.instance for word in found.words):
        raise PeerMessageError("an answer speaks for another replica")
    words = (Word(**msgspec.structs.asdict(word)) for word in found.words)
    return Words(found.call, presence, tuple(words))


def hear(text: bytes) -> Call | Words | None:
    """Read what was written with its kind; None: a kind that a newer version knows."""
    found = read(text, _Said, "a message")
    match found.kind:
        case "rollback":
            return read_call(bytes(found.said))
        case "words":
            return read_words(bytes(found.said))
        case _:
            return None


def read(text: bytes, kind: type[T], what: str) -> T:
    """Read ``text`` as a ``kind``, or say that it is none, and nothing else of it."""
    if len(text) > LARGEST:
        raise PeerMessageError(f"{what} has more than {LARGEST} bytes")
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise PeerMessageError(f"{what} cannot be read") from None


def checked(presence: Presence) -> Presence:
    """Return what a replica says of itself, if that can be: others will go by it."""
    names = (presence.replica, presence.instance)
    texts = (*names, presence.version, presence.config_hash)
    is_plain = all(len(text) <= LONGEST_NAME and text.isprintable() for text in texts)
    if not all(names) or not is_plain or not 0 <= presence.workers <= MOST_SERVICES:
        raise PeerMessageError("a replica is not described as one would be")
    if not presence.advertise:
        return presence
    try:
        return replace(presence, advertise=read_peer_url(presence.advertise))
    except NotAllowedError:
        raise PeerMessageError("a replica says that it is where none can be") from None


def _rollback(text: bytes) -> Release:
    try:
        release = decode(text)
    except StoreError:
        raise PeerMessageError("a release cannot be read") from None
    if release.status is not Status.ROLLED_BACK:
        raise PeerMessageError("a call is about something else than rollbacks")
    return release
