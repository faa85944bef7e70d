"""What the scripts are told that add an event to the audit chain."""

import secrets
from dataclasses import dataclass
from typing import Final

from router.release.state import Release
from router.store.audit import Entry, Event, forge
from router.store.codec import encode
from router.store.port import KEPT_FOR, Answered
from router.store.redis_rows import Mark, answer_text, as_bytes
from router.store.redis_scripts import FORMAT, Keys
from router.store.redis_server import Word

_KEPT_FOR_MS: Final = int(KEPT_FOR * 1000)


@dataclass(frozen=True, slots=True)
class Chained:
    """An event that would follow, and what `redis_scripts.KEEP` takes to have it follow."""

    event: Event
    keys: tuple[str | bytes, ...]
    words: tuple[Word, ...]


def chain(
    names: Keys,
    mark: Mark,
    entry: Entry,
    release: Release | None = None,
    answered: Answered | None = None,
) -> Chained:
    """Make the event that follows where the store stands at ``mark``."""
    event, link = forge(entry, mark.head)
    keys = (
        *(names.mark, names.releases, names.stands, names.events),
        *(names.events_of(as_bytes(link.service)), names.answers, names.answer_ages),
    )
    words = (
        *_seen(mark),
        *(secrets.token_hex(16), FORMAT),
        *(link.sequence, as_bytes(link.service), link.text, link.hash),
        *_released(release),
        *(remembered(answered) if answered else ("",) * 5),
        names.news,
    )
    return Chained(event, keys, words)


def remembered(answered: Answered) -> tuple[Word, ...]:
    """Say what keeps an answer."""
    oldest = answered.at - KEPT_FOR
    return (as_bytes(answered.key), answer_text(answered), answered.at, oldest, _KEPT_FOR_MS)


def _seen(mark: Mark) -> tuple[Word, ...]:
    if mark.birth is None:
        return ("", 0, mark.head.hash)
    return (mark.birth.id, mark.head.sequence, mark.head.hash)


def _released(release: Release | None) -> tuple[Word, ...]:
    if release is None:
        return ("", "", 0, 0)
    return (as_bytes(release.service), encode(release), release.epoch, release.revision)
