"""What a store can do. Memory, SQLite and whatever follows answer to the same tests.

Rules of residence:
1. Nothing here is of SQL: a store has to be possible upon whatever can do one thing atomically,
   which is to compare what is there and to write a handful of values.
2. Order among the releases of a service is by the pair (epoch, revision), and it only ever grows.
3. What is written together stays together: a release, the audit event of its change, and the answer
   to whoever may ask for the same change again.
4. Every call may raise a `StoreError`. No call is ever made on behalf of a request of the traffic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from router.release.state import Release
from router.replica.joining import unknown
from router.store.audit import Entry, Event, Head, Link

Stand = tuple[int, int]
"""(epoch, revision): where a release stands."""

KEPT_FOR: Final = 24 * 3600.0
"""Seconds for which a store knows an idempotency key."""

LONGEST_PAGE: Final = 1000
"""Events that are read at once."""


def stand_of(release: Release) -> Stand:
    """Return where ``release`` stands."""
    return (release.epoch, release.revision)


@dataclass(frozen=True, slots=True)
class Loaded:
    """All releases by service, at one moment. `version` grows whenever one of them changes."""

    version: int
    releases: Mapping[str, Release]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request that bore an idempotency key.

    fingerprint: of the request, so that the same key with another request can be told.
    at: Unix seconds.
    """

    key: str
    fingerprint: str
    status: int
    body: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Saved:
    """The release is kept; `event` is that of its change, None where it was kept before."""

    release: Release
    event: Event | None


@dataclass(frozen=True, slots=True)
class Passed:
    """Refused: this is what stands instead. None: the store knows no release of the service."""

    newest: Release | None


@dataclass(frozen=True, slots=True)
class Repeated:
    """Nothing was done: a request with this key was answered before."""

    answered: Answered


@dataclass(frozen=True, slots=True)
class Page:
    """Events, the newest first; `following` is the `before` of the next page, None at the end."""

    events: Sequence[Event]
    following: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about the store. is_loss: what was kept before is no longer in it."""

    text: str
    is_loss: bool


class Store(Protocol):
    """A store. It is opened by the first call, and again by a later one where that failed."""

    @property
    def notes(self) -> Sequence[Note]:
        """What had to be done to open it, and the operator should know."""
        ...

    @property
    def is_displaced(self) -> bool:
        """Whether what is open is no longer at its place, so that nothing can be kept there."""
        ...

    # Releases...

    async def load(self) -> Loaded:
        """Return every release."""
        ...

    async def compare_and_set(
        self,
        release: Release,
        *,
        based_on: Stand | None,
        entry: Entry,
        answered: Answered | None = None,
        birth: str | None = None,
    ) -> Saved | Passed | Repeated:
        """Keep ``release`` if the service stands at ``based_on``; None: if it is not known yet.

        birth: of the shared store in which that was seen, so that it is still the same one.
        What is kept already is `Saved` once more, without a second event: whoever lost the first
        answer may ask again.
        """
        ...

    async def put_newer(self, release: Release, *, entry: Entry) -> Saved | Passed:
        """Keep ``release`` unless one as new or newer stands: for what has been served already.

        One that was decided in ignorance of a rollback that is kept here is none that is newer.
        """
        ...

    async def changed(self, version: int) -> int:
        """Wait until the releases are no longer those of ``version``; return their version.

        Changes by other routers and by other programs count. It never misses one.
        """
        ...

    # The audit log...

    async def append(self, entry: Entry) -> Event:
        """Note what changed no release, as a command that was refused."""
        ...

    async def events(
        self, *, service: str | None = None, before: int | None = None, limit: int = 100
    ) -> Page:
        """Return at most ``limit`` events (of ``service``, older than number ``before``)."""
        ...

    async def links(self, after: int, limit: int = LONGEST_PAGE) -> Sequence[Link]:
        """Return the events that follow number ``after`` as they are stored, the oldest first."""
        ...

    async def head(self) -> Head:
        """Return what the store itself holds to be the end of its chain."""
        ...

    # Idempotency keys...

    async def recall(self, key: str, now: float) -> Answered | None:
        """Return what was answered to ``key`` within the last `KEPT_FOR` seconds."""
        ...

    async def remember(self, answered: Answered) -> None:
        """Keep an answer, in place of an earlier one to the same key; forget those too old."""
        ...

    # Secrets...

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """Return what all who share the store call ``name``; ``fresh`` where nobody has yet.

        Of many who ask at once one's is taken, and all hear the same. It is never changed. A store
        that is copied has secrets of its own.
        """
        ...

    # All of another store...

    async def fill(self, releases: Mapping[str, Release], links: Sequence[Link]) -> None:
        """Take over releases and a whole chain, in one step; raise StoreNotEmptyError.

        Nothing may have been kept here before, but answers.
        """
        ...

    # Its end...

    async def reopen(self) -> None:
        """Let go of what is open: the next call opens whatever is at its place by then."""
        ...

    async def close(self) -> None:
        """Finish what was asked, then let go. Afterwards every call raises."""
        ...


class LastingStore(Store, Protocol):
    """A store that other programs can open while no router has it, and after it."""

    def as_it_is(self) -> Store:
        """Return the same store for one who neither makes nor replaces it."""
        ...


def bounded(limit: int) -> int:
    """Return how many events are read where ``limit`` are asked for."""
    return max(1, min(limit, LONGEST_PAGE))


def may_follow(stored: Release | None, release: Release, based_on: Stand | None) -> bool:
    """Decide a `compare_and_set`: is what is stored what the change was based on?"""
    if stored is None:
        return based_on is None
    return based_on == stand_of(stored) and is_newer(release, stored)


def is_newer(release: Release, stored: Release | None) -> bool:
    """Decide a `put_newer`."""
    if stored is None:
        return True
    return stand_of(release) > stand_of(stored) and not unknown(release, stored)
