"""Releases and entries to be stored, and a disk that breaks when it is told to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from router.errors import NotDurableError
from router.release.state import Release
from router.store.audit import Entry
from router.store.record import SLOT

NOON = 1_790_000_000.0
"""Unix seconds."""


def release_at(
    epoch: int, revision: int, *, service: str = "support", share: int = 0, reason: str = ""
) -> Release:
    """Return a release that stands there."""
    return msgspec.convert(
        {
            "service": service,
            "status": "rolling" if share else "idle",
            "share": share,
            "epoch": epoch,
            "revision": revision,
            "updated_at": NOON + revision,
            "by": "ada.lovelace",
            "reason": reason,
        },
        Release,
    )


def entry_of(release: Release, old: Release | None = None, why: str = "because") -> Entry:
    """Return what the audit log has to say of ``release``."""
    return Entry(
        at=release.updated_at,
        who="ada.lovelace",
        origin="127.0.0.1",
        command="rollback",
        service=release.service,
        why=why,
        old=old,
        new=release,
    )


def refusal_of(service: str, refused: str = "not now") -> Entry:
    """Return what the audit log has to say of a command that was refused."""
    return Entry(NOON, "charles.babbage", "10.0.0.9", "promote", service, refused=refused)


class PowerFailureError(Exception):
    """The machine went off in the middle of a write."""


@dataclass(slots=True)
class Disk:
    """Slots in memory. `torn` says which 512-byte pieces of the next write arrive before the end.

    refuses: raise NotDurableError as a full disk does. before: called at each write.
    """

    slots: list[bytes] = field(default_factory=list[bytes])
    torn: Sequence[bool] | None = None
    refuses: bool = False
    bad: set[int] = field(default_factory=set[int])
    before: Callable[[], None] = lambda: None
    writes: list[int] = field(default_factory=list[int])
    is_displaced: bool = False

    def read(self) -> Sequence[bytes]:
        return list(self.slots)

    def write(self, index: int, slot: bytes) -> None:
        self.before()
        self.writes.append(index)
        if self.refuses or index in self.bad:
            raise NotDurableError("journal: No space left on device")
        if self.torn is not None:
            self.slots[index] = self._mixed(self.slots[index], slot, self.torn)
            raise PowerFailureError
        self.slots[index] = slot

    def grow(self, count: int) -> None:
        self.before()
        if self.refuses:
            raise NotDurableError("journal: No space left on device")
        self.slots += [bytes(SLOT)] * (count - len(self.slots))

    def close(self) -> None:
        self.refuses = True

    @staticmethod
    def _mixed(old: bytes, new: bytes, arrived: Sequence[bool]) -> bytes:
        piece = SLOT // len(arrived)
        return b"".join(
            (new if has_arrived else old)[at * piece : (at + 1) * piece]
            for at, has_arrived in enumerate(arrived)
        )
