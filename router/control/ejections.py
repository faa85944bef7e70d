"""Which endpoints workers leave out because requests to them failed; each judges by itself."""

import logging
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from router.control.events import tell
from router.model import Variant
from router.wire.messages import Ejected


class Outcast(NamedTuple):
    """An endpoint that somebody leaves out."""

    service: str
    variant: Variant
    endpoint: str


_NOBODY: Final[frozenset[Outcast]] = frozenset()


class Ejections:
    """Keeps each worker's last word; tells when the first leaves out and the last takes back."""

    def __init__(self) -> None:
        self._by_worker: dict[str, frozenset[Outcast]] = {}

    def heard(self, worker: str, ejected: Iterable[Ejected]) -> bool:
        """Take a worker's word; return whether it is another one than before."""
        seconds = {Outcast(e.service, e.variant, e.endpoint): e.seconds for e in ejected}
        before, now = self._by_worker.get(worker, _NOBODY), frozenset(seconds)
        if now == before:
            return False
        known = self._all()
        self._by_worker[worker] = now
        for outcast in sorted(now - known):
            _tell_ejected(outcast, worker, seconds[outcast])
        self._tell_returned(before - now)
        return True

    def left(self, worker: str) -> bool:
        """Forget a worker that has ended; return whether it left anybody out."""
        before = self._by_worker.pop(worker, _NOBODY)
        self._tell_returned(before)
        return bool(before)

    def by_worker(self) -> Mapping[str, frozenset[Outcast]]:
        return self._by_worker

    def count(self, outcast: Outcast) -> int:
        """Return how many workers leave it out."""
        return sum(outcast in outcasts for outcasts in self._by_worker.values())

    def _all(self) -> frozenset[Outcast]:
        return _NOBODY.union(*self._by_worker.values())

    def _tell_returned(self, freed: Iterable[Outcast]) -> None:
        for outcast in sorted(set(freed) - self._all()):
            tell(
                "endpoint_returned",
                service=outcast.service,
                variant=outcast.variant,
                endpoint=outcast.endpoint,
            )


def _tell_ejected(outcast: Outcast, worker: str, seconds: float) -> None:
    tell(
        "endpoint_ejected",
        level=logging.WARNING,
        service=outcast.service,
        variant=outcast.variant,
        endpoint=outcast.endpoint,
        worker=worker,
        seconds=round(seconds, 1),
    )
