"""The rollback journal: the last rollback of each service, kept where nothing has to be free.

Each slot holds one record. A rollback goes to a slot that nobody needs any more, never over the
newest record of its service; so whatever happens while it is written, either it is there
afterwards or the one before it is. A slot may be used again when a later record of its service
stands elsewhere or the store has caught up; the latter as late as possible: a store can break.
"""

from dataclasses import dataclass
from typing import Final

from router.errors import NotDurableError, StoreError
from router.release.state import Release
from router.store.audit import Entry
from router.store.port import Stand, stand_of
from router.store.record import SLOT, Record, pack, unpack
from router.store.slots import Slots

FEWEST_SLOTS: Final = 64
"""A quarter of a megabyte, for as many rollbacks that the store has not seen."""


@dataclass(slots=True)
class _Slot:
    """record: what stands there. is_taken: it is whole but not understood, so it stays.

    failures: how often it could not be written to; another one is tried first.
    """

    record: Record | None = None
    is_taken: bool = False
    failures: int = 0


class Journal:
    """Writes rollbacks down. Every call may wait for the disk."""

    def __init__(self, slots: Slots, fewest: int = FEWEST_SLOTS) -> None:
        self._slots = slots
        self._fewest = fewest
        self._known: list[_Slot] = []
        self._newest: dict[str, Record] = {}
        self._settled: dict[str, Stand] = {}
        self._sequence = 0
        self._problems: list[str] = []
        self._is_read = False

    @property
    def problems(self) -> tuple[str, ...]:
        """What stands there and cannot be understood, in sentences."""
        return tuple(self._problems)

    def read(self) -> dict[str, Record]:
        """Read the newest record of each service; the file may be read-only, or missing.

        Raises StoreUnavailableError.
        """
        slots = self._slots.read()
        self._is_read = True
        self._problems.clear()
        self._known = [self._learn(slot) for slot in slots]
        self._newest.clear()
        for slot in self._known:
            if slot.record is not None:
                self._note(slot.record)
        return dict(self._newest)

    def prepare(self, services: int) -> None:
        """Have room for the rollbacks of so many services, and prove that it can be written to.

        Raises StoreError.
        """
        self._know()
        self._grow(max(self._fewest, 2 * services))
        self._overwrite(self._vacant(), bytes(SLOT), None)

    def write(self, release: Release, entry: Entry) -> None:
        """Return once the rollback is on the disk; raise StoreError."""
        self._know()
        record = Record(self._sequence + 1, release, entry)
        packed = pack(record)
        self._sequence = record.sequence
        try:
            self._overwrite(self._vacant(), packed, record)
        except NotDurableError:  # one bad place is no reason to give up
            self._overwrite(self._vacant(), packed, record)
        self._note(record)

    @property
    def is_displaced(self) -> bool:
        """Whether somebody has removed the file, or put another one in its place."""
        return self._slots.is_displaced

    def settle(self, service: str, stand: Stand) -> None:
        """Take note that the store has a release of ``service`` that stands there."""
        self._settled[service] = max(stand, self._settled.get(service, stand))

    def reopen(self) -> None:
        """Begin anew with the file that is at its place by now."""
        self._slots.close()
        self._is_read = False

    def close(self) -> None:
        self._slots.close()

    def _know(self) -> None:
        """Never write over what was not read, nor where nobody will look for it."""
        if self._slots.is_displaced:
            raise NotDurableError("the rollback journal was removed or replaced while it was open")
        if not self._is_read:
            self.read()

    def _overwrite(self, index: int, content: bytes, record: Record | None) -> None:
        slot = self._known[index]
        slot.failures += 1  # should it fail, what stood there may be gone; nobody needed it
        self._slots.write(index, content)
        slot.record, slot.failures = record, 0

    def _learn(self, slot: bytes) -> _Slot:
        try:
            return _Slot(unpack(slot))
        except StoreError as error:
            self._problems.append(str(error))
            return _Slot(is_taken=True)

    def _note(self, record: Record) -> None:
        self._sequence = max(self._sequence, record.sequence)
        known = self._newest.get(record.release.service)
        if known is None or _order(record) > _order(known):
            self._newest[record.release.service] = record

    def _vacant(self) -> int:
        """Return the slot that is missed least."""
        index = self._least_missed()
        if index is None:
            self._grow(len(self._known) + self._fewest)
            index = self._least_missed()
        if index is None:
            raise NotDurableError("every slot of the rollback journal is needed")
        return index

    def _least_missed(self) -> int | None:
        free = [index for index, slot in enumerate(self._known) if self._is_free(slot)]
        return min(free, key=self._worth, default=None)

    def _is_free(self, slot: _Slot) -> bool:
        if slot.is_taken:
            return False
        return (
            slot.record is None or not self._is_newest(slot.record) or self._is_settled(slot.record)
        )

    def _worth(self, index: int) -> tuple[bool, int, int]:
        slot = self._known[index]
        if slot.record is None:
            return (False, slot.failures, 0)
        return (self._is_newest(slot.record), slot.failures, slot.record.sequence)

    def _is_newest(self, record: Record) -> bool:
        return self._newest.get(record.release.service) is record

    def _is_settled(self, record: Record) -> bool:
        settled = self._settled.get(record.release.service)
        return settled is not None and settled >= stand_of(record.release)

    def _grow(self, count: int) -> None:
        self._slots.grow(count)
        self._known += [_Slot() for _ in range(count - len(self._known))]


def _order(record: Record) -> tuple[Stand, int]:
    return (stand_of(record.release), record.sequence)
