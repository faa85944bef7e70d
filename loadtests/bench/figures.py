"""The figures that Gray Router has to reach."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from loadtests.bench.results import Results, ratio

OURS: Final = "Gray Router"
CPU_AGAINST_ENVOY: Final = 0.85
CPU_AGAINST_NGINX: Final = 2.2
EVENT_MEDIAN_MS: Final = 0.5
EVENT_MAX_MS: Final = 10.0
BULK_RISE_MIB: Final = 16.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A limit and what was measured."""

    name: str
    measured: float
    limit: float

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit

    def sentence(self) -> str:
        verdict = "met" if self.is_met else "MISSED"
        return f"{verdict}: {self.name} is {self.measured:.2f}, the limit {self.limit:g}"


def figures(results: Results) -> list[Figure]:
    """Hold against its limit whatever this run has measured."""
    return [*_cpu(results), *_events(results), *_bulk(results)]


def _cpu(results: Results) -> Iterator[Figure]:
    for against, limit in (("Envoy", CPU_AGAINST_ENVOY), ("nginx", CPU_AGAINST_NGINX)):
        measured = ratio(results.split, OURS, against)
        if measured is not None:
            yield Figure(f"CPU a request, as a multiple of {against}'s,", measured, limit)


def _events(results: Results) -> Iterator[Figure]:
    delays = results.events.get(OURS)
    if delays is not None:
        yield Figure("an event's median delay in ms", delays.median_ms, EVENT_MEDIAN_MS)
        yield Figure("an event's longest delay in ms", delays.max_ms, EVENT_MAX_MS)


def _bulk(results: Results) -> Iterator[Figure]:
    for transfer in results.bulk.get(OURS, []):
        name = f"the memory's rise in MiB, {transfer.what} of {transfer.mib} MiB,"
        yield Figure(name, transfer.rise_mib, BULK_RISE_MIB)
