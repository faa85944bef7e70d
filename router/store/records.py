"""What a store keeps of comparisons: counts, samples of pairs, and originals under lock and key.

Rules of residence:
1. Nothing here knows what a comparison is. Who counts writes bytes, and who adds up reads them.
2. Whatever is written may be written again: it then stands once.
3. A caller's key is never here, nor anything that it could be read from: who brings a sample brings
   keyed digests of what it may be asked to forget (`callers`).
4. Whatever stands here has an end, by its age and by how much else there is (`Limits`).
5. None of this may delay a release: records have a file, a connection and a thread of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

DAY: Final = 86_400.0
"""Seconds."""

LONGEST_READ: Final = 1000
"""Samples or sealed originals that are read at once."""

Place = tuple[float, str]
"""(at, id): where something stands in the order of time."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What one replica has counted of one phase in one minute.

    minute: Unix minutes. replica: who counts, another one after each start, so that nobody goes on
    with a sum that somebody else has begun.
    """

    service: str
    phase: str
    minute: int
    replica: str
    counts: bytes


@dataclass(frozen=True, slots=True)
class Total:
    """What one replica has counted of one phase in all. at: when it counted last, Unix seconds."""

    service: str
    phase: str
    replica: str
    at: float
    counts: bytes


@dataclass(frozen=True, slots=True)
class Sampled:
    """A pair that is shown to people. detail: how much of it, in the words of who shows it.

    differences: (field, change), as it is looked for by. callers: digests to be forgotten by.
    """

    id: str
    service: str
    phase: str
    at: float
    detail: str
    differences: tuple[tuple[str, str], ...]
    callers: tuple[bytes, ...]
    text: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A pair's original, encrypted. It has the id of its sample, where there is one."""

    id: str
    service: str
    at: float
    expires: float
    callers: tuple[bytes, ...]
    text: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which samples are looked for. phase: also those that it is divided into, as 7 into 7/gpt-x.

    since and until: Unix seconds, the latter not included. before: where the page before ended.
    """

    service: str
    field: str | None = None
    change: str | None = None
    phase: str | None = None
    since: float = 0.0
    until: float | None = None
    before: Place | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples, the newest first; `following` is the `before` of the next page, None at the end."""

    samples: Sequence[Sampled]
    following: Place | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long records stay, and how many: samples and sealed originals each; bytes of both."""

    max_age: float = 30 * DAY
    max_count: int = 100_000
    max_bytes: int = 1024**3
    minutes: float = 2 * DAY


@dataclass(frozen=True, slots=True)
class Removed:
    """What is no longer there."""

    minutes: int = 0
    totals: int = 0
    samples: int = 0
    sealed: int = 0


class Records(Protocol):
    """Opened by the first call, and again by a later one where that failed.

    Every call may raise a `StoreError`.
    """

    # Counts...

    async def count(self, minutes: Sequence[Minute], totals: Sequence[Total]) -> None:
        """Keep counts, in place of what the same replica said of the same minute or phase."""
        ...

    async def minutes(
        self, service: str, *, phase: str | None = None, since: float, until: float
    ) -> Sequence[Minute]:
        """Return what was counted in the minutes that begin within, in their order."""
        ...

    async def totals(self, service: str, *, phase: str | None = None) -> Sequence[Total]:
        """Return the totals of all phases, the one that was counted first of late at the end."""
        ...

    # Samples and originals...

    async def keep(self, samples: Sequence[Sampled], sealed: Sequence[Sealed] = ()) -> None:
        """Keep them, in place of what has the same id."""
        ...

    async def samples(self, wanted: Wanted) -> Samples:
        """Return the newest samples that are wanted."""
        ...

    async def sample(self, number: str) -> Sampled | None:
        """Return one sample by its id."""
        ...

    async def sealed(self, number: str) -> Sealed | None:
        """Return one sealed original by its id, expired or not."""
        ...

    async def all_sealed(
        self, service: str, *, after: Place | None = None, limit: int = LONGEST_READ
    ) -> Sequence[Sealed]:
        """Return sealed originals, the oldest first, from behind ``after`` on."""
        ...

    # Their end...

    async def forget(self, caller: Sequence[bytes], *, service: str | None = None) -> Removed:
        """Remove whatever bears one of these digests (of ``service``), so that nothing is left."""
        ...

    async def prune(self, limits: Limits, now: float) -> Removed:
        """Remove what is too old, and what is too much (`evicting`)."""
        ...

    async def close(self) -> None:
        """Finish what was asked, then let go. Afterwards every call raises."""
        ...


def within(phase: str, wanted: str | None) -> bool:
    """Say whether a phase is the wanted one, or one that it is divided into."""
    return wanted is None or phase == wanted or phase.startswith(wanted + "/")


def place_of(kept: Sampled | Sealed) -> Place:
    """Return where it stands in the order of time."""
    return (kept.at, kept.id)


def bounded(limit: int) -> int:
    """Return how many are read where ``limit`` are asked for."""
    return max(1, min(limit, LONGEST_READ))
