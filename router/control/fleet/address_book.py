"""Who the members were, kept in `state_dir`: a rollback finds them also while the store is away.

Nobody's clock is in it: whoever stands there when a router starts counts as heard of at the start,
so nobody is forgotten too early. It outlives a process that is killed; where it is lost, or cannot
be read, members are known once the store has named them.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from router.control.events import tell
from router.control.fleet.messages import LARGEST, checked, read
from router.errors import PeerMessageError
from router.replica.membership import Membership, Presence
from router.wire.whole_file import replace_whole

FILE: Final = "members"
"""In `state_dir`."""

FORMAT: Final = 1

WRITE_EVERY: Final = 1.0
"""Seconds between two looks at whether somebody has come, gone or moved."""


class _Book(msgspec.Struct, frozen=True):
    """own: the instance that has written it."""

    format: int
    own: str
    members: list[Presence]


class AddressBook:
    """`found` at the start, then `follow` for ever. is_ours: whether the folder still is."""

    def __init__(self, state_dir: Path, own: str, is_ours: Callable[[], bool]) -> None:
        self.predecessor: Presence | None = None
        """Who we were before we were started: nobody renews its workers' lease any more."""
        self._file: Final = state_dir / FILE
        self._own = own
        self._is_ours = is_ours
        self._kept: list[Presence] | None = None
        self._is_failing = False

    def found(self, now: float) -> Membership:
        """Return who was a member when it was written last; ``now``: the clock of memberships."""
        try:
            book = self._read()
        except FileNotFoundError:
            return Membership()
        except (OSError, PeerMessageError) as error:
            tell("address_book_damaged", level=logging.WARNING, error=str(error))
            return Membership()
        self.predecessor = next((each for each in book.members if each.instance == book.own), None)
        return Membership().told(book.members, now)

    async def follow(self, membership: Callable[[], Membership]) -> None:
        """Keep it as it changes."""
        while True:
            self.keep(membership())
            await asyncio.sleep(WRITE_EVERY)

    def keep(self, membership: Membership) -> None:
        """Write it down if it is another one, or gone; where that fails it is told."""
        members = [_lasting(heard.presence) for _, heard in sorted(membership.known.items())]
        if not self._is_ours() or (members == self._kept and self._file.exists()):
            return
        try:
            replace_whole(self._file, msgspec.json.encode(_Book(FORMAT, self._own, members)))
        except OSError as error:
            self._note_failure(error)
            return
        self._kept, self._is_failing = members, False

    def _read(self) -> _Book:
        with self._file.open("rb") as file:
            book = read(file.read(LARGEST + 1), _Book, "what is kept of other replicas")
        if book.format > FORMAT:
            raise PeerMessageError("what is kept of other replicas was written by a newer version")
        return _Book(book.format, book.own, [checked(presence) for presence in book.members])

    def _note_failure(self, error: OSError) -> None:
        if not self._is_failing:
            self._is_failing = True
            tell("address_book_not_kept", level=logging.WARNING, error=str(error))


def _lasting(presence: Presence) -> Presence:
    """Leave out what changes with every beat."""
    return replace(presence, stands={}, beat=0)
