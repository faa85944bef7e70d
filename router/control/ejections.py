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
        self._by_worker: Mapping[str, frozenset[Outcast]] = {}

    def hear(self, words: Mapping[str, Iterable[Ejected]]) -> bool:
        """Take what every worker that is alive said last; return whether anything is new."""
        named = {worker: dict(map(_named, ejected)) for worker, ejected in words.items()}
        by_worker = {worker: frozenset(ejected) for worker, ejected in named.items()}
        if by_worker == self._by_worker:
            return False
        before, self._by_worker = self._all(), by_worker
        for outcast in sorted(self._all() - before):
            worker = min(name for name, ejected in named.items() if outcast in ejected)
            _tell_ejected(outcast, worker, named[worker][outcast])
        for outcast in sorted(before - self._all()):
            _tell_returned(outcast)
        return True

    @property
    def by_worker(self) -> Mapping[str, frozenset[Outcast]]:
        return self._by_worker

    def count(self, outcast: Outcast) -> int:
        """Return how many workers leave it out."""
        return sum(outcast in outcasts for outcasts in self._by_worker.values())

    def _all(self) -> frozenset[Outcast]:
        return _NOBODY.union(*self._by_worker.values())


def _named(ejected: Ejected) -> tuple[Outcast, float]:
    return Outcast(ejected.service, ejected.variant, ejected.endpoint), ejected.seconds


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


def _tell_returned(outcast: Outcast) -> None:
    tell(
        "endpoint_returned",
        service=outcast.service,
        variant=outcast.variant,
        endpoint=outcast.endpoint,
    )
