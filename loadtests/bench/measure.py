"""What a proxy's family of processes costs while something happens."""

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from loadtests import family

SAMPLE_EVERY: Final = 0.02
"""Seconds between two looks at the memory."""
MIB: Final = 1024 * 1024


class FamilyChangedError(Exception):
    """A process of the proxy died while it was measured; the figure would be wrong."""


@dataclass(slots=True)
class Meter:
    """Use it as a context around the load; `cpu_seconds` and `memory_bytes` stand afterwards.

    by_pid: the CPU seconds of each process.
    """

    root: int
    cpu_seconds: float = 0.0
    by_pid: dict[int, float] = field(default_factory=dict)
    memory_bytes: int = 0
    _before: dict[int, family.Member] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._before = {member.pid: member for member in family.members(self.root)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        after = family.members(self.root)
        pids = [member.pid for member in after]
        if kind is None and not self._before.keys() <= set(pids):
            raise FamilyChangedError(f"processes {sorted(self._before.keys() - set(pids))} died")
        spent_before = family.cpu_seconds(list(self._before.values()))
        self.cpu_seconds = family.cpu_seconds(after) - spent_before
        self.by_pid = {
            member.pid: member.cpu_seconds
            - (self._before[member.pid].cpu_seconds if member.pid in self._before else 0.0)
            for member in after
        }
        self.memory_bytes = family.proportional_bytes(pids)


class Watermark:
    """Use it as a context: the highest resident memory meanwhile, against that at its beginning."""

    def __init__(self, root: int) -> None:
        self._pids = [member.pid for member in family.members(root)]
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, name="watermark", daemon=True)
        self._base = self._peak = family.resident_bytes(self._pids)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    @property
    def rise_bytes(self) -> int:
        return self._peak - self._base

    def _look(self) -> None:
        while not self._over.wait(SAMPLE_EVERY):
            self._peak = max(self._peak, family.resident_bytes(self._pids))
