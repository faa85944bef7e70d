"""What a worker counts lies in memory that it shares with its supervisor.

So a worker that is killed takes no figure with it, and reading costs the worker nothing. The memory
is a file without a name (memfd). Its first block is the worker's own, each further one a service's;
a block says itself what it is, so that a later supervisor can read it too.

A number is changed by one store of eight bytes, a time is microseconds. What is sums of others is
not counted: a request costs four additions here (0.4 µs).
"""

import mmap
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Final

from router.http1.replies import ALL_REFUSALS
from router.model import FallbackReason, Reason, ShadowResult, Variant

DURATION_BOUNDS: tuple[float, ...] = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)
"""Upper bounds in seconds of the latency histograms."""

LAST_BUCKET: Final = len(DURATION_BOUNDS)

# Where in a block, in numbers of eight bytes.
_LAYOUT_AT: Final = 0
_LENGTH_AT: Final = 1
_NAME_AT: Final = 16  # bytes
_NAME_ENDS: Final = 512  # bytes
# ... of the worker
CONNECTIONS: Final = 64
"""Clients' connections that are open now."""
_REFUSED_AT: Final = 128
LOG_LINES_DROPPED: Final = 256
EVENTS_DROPPED: Final = 257
# ... of a service
_ASSIGNED_AT: Final = 64
_FALLBACKS_AT: Final = 96
_LEGACY_AT: Final = 128
_AI_AT: Final = 2304

# Where in a variant's part.
JOINED: Final = 0
"""Times that it was asked without an assignment: in AI's place, or once more."""
LEFT: Final = 1
"""Times that it was asked and the request went on to somebody else."""
WHOLE: Final = 2
"""Buckets of requests whose answer came in one piece: one time is both, first byte and last."""
WHOLE_TIME: Final = WHOLE + LAST_BUCKET + 1
LASTING: Final = WHOLE_TIME + 1
"""Buckets of the others: until the last byte."""
LASTING_TIME: Final = LASTING + LAST_BUCKET + 1
FIRST: Final = LASTING_TIME + 1
"""Buckets of the others: until the first byte."""
FIRST_TIME: Final = FIRST + LAST_BUCKET + 1
ANSWERED: Final = 64
"""By status: answers that the variant gave, or began to give."""
_MOST_CODES: Final = 1000
OWN: Final = ANSWERED + _MOST_CODES
"""By status: what we answered in its place."""
_PART: Final = OWN + _MOST_CODES

# Where in a service's block, behind its variants: what became of copies.
_SHADOWS_AT: Final = _AI_AT + _PART
_MOST_SHADOWS: Final = 32
_COPIES_AT: Final = _SHADOWS_AT + _MOST_SHADOWS
COPY_COST: Final = _COPIES_AT + 4
"""What copies have cost, in billionths of a USD."""
_USED: Final = COPY_COST + 1

_VARIANTS: Final = tuple(Variant)
_REASONS: Final = tuple(Reason)
_FALLBACKS: Final = tuple(FallbackReason)
_CODES: Final = tuple(refusal.code for refusal in ALL_REFUSALS)
_MOST_REASONS: Final = 16

ASSIGNED: Final = tuple(
    tuple(_ASSIGNED_AT + _MOST_REASONS * variant.number + reason.number for reason in _REASONS)
    for variant in _VARIANTS
)
"""Where in a service's block assignments are counted, by the numbers of variant and reason."""
FELL_BACK: Final[Mapping[FallbackReason, int]] = {
    reason: _FALLBACKS_AT + column for column, reason in enumerate(_FALLBACKS)
}
SHADOWED: Final = tuple(_SHADOWS_AT + result.number for result in ShadowResult)
"""Where it is counted what became of requests that were drawn, by the results' numbers."""
COPIED: Final = tuple(_COPIES_AT + 2 * variant.number for variant in _VARIANTS)
"""Where copies are counted that were begun, by the number of their variant; behind it the ended."""
REFUSED: Final[Mapping[str, int]] = {
    code: _REFUSED_AT + column for column, code in enumerate(_CODES)
}
"""Where in the worker's block refusals are counted, by the code of `x-gray-error`."""
_PARTS: Final[Mapping[Variant, int]] = {Variant.LEGACY: _LEGACY_AT, Variant.AI: _AI_AT}

BLOCK: Final = -(-_USED * 8 // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
"""Bytes of a block. Most of it is never touched, and so takes no memory."""

_LAYOUT: Final = zlib.crc32(
    repr((BLOCK, _REASONS, _FALLBACKS, tuple(ShadowResult), _CODES, DURATION_BOUNDS)).encode()
)
"""Tells memory that was laid out otherwise (by another version) from ours."""

_RUN: Final = 100
_NOTHING: Final = memoryview(bytes(8 * _RUN)).cast("Q")


@dataclass(frozen=True, slots=True)
class VariantCounts:
    """One variant's totals since the worker started. `variant` is the one that was asked.

    duration_buckets and first_byte_buckets count requests at or under each bound of
    `DURATION_BOUNDS`, plus one last bucket for the rest (not cumulative).
    """

    service: str
    variant: str
    codes: dict[int, int]  # our own answers in its place count here
    served: int  # answers that the variant itself gave, or began to give
    in_flight: int
    duration_buckets: list[int]
    duration_sum: float
    first_byte_buckets: list[int]
    first_byte_sum: float


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """One service's totals since the worker started.

    assignments: (variant, reason, count). fallbacks: reason -> count. shadows: result -> count.
    copies: variant -> how many are in flight. copy_cost: billionths of a USD.
    """

    service: str
    assignments: list[tuple[str, str, int]]
    fallbacks: dict[str, int]
    variants: list[VariantCounts]
    shadows: dict[str, int] = field(default_factory=dict[str, int])
    copies: dict[str, int] = field(default_factory=dict[str, int])
    copy_cost: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """All totals of a worker. `connections` is how many clients are connected now."""

    services: list[ServiceCounts] = field(default_factory=list[ServiceCounts])
    refused: dict[str, int] = field(default_factory=dict[str, int])
    connections: int = 0
    log_lines_dropped: int = 0
    events_dropped: int = 0


Gist = tuple[int, ...]
"""What a service counted, in short: each variant's answers and durations, then the fallbacks.

For each variant in the order of `Variant`: its answers with a status from 500 to 599, ours in its
place among them, then the answers that it gave itself, then the buckets of its durations; then a
number for each `FallbackReason`. Gists are added up, and taken from one another, number by number.
"""

_GIST_OF_VARIANT: Final = 2 + LAST_BUCKET + 1
GIST_LENGTH: Final = _GIST_OF_VARIANT * len(_VARIANTS) + len(_FALLBACKS)

GIST_LAYOUT: Final = zlib.crc32(repr((_VARIANTS, _FALLBACKS, DURATION_BOUNDS)).encode())
"""Tells gists of another version, which count otherwise, from ours."""


@dataclass(frozen=True, slots=True)
class VariantGist:
    """One variant's part of a gist."""

    failures: int
    buckets: Gist
    answered: int = 0


def part_of(block: memoryview, variant: Variant) -> memoryview:
    """Return a variant's part of a service's block."""
    return block[_PARTS[variant] : _PARTS[variant] + _PART]


class CounterMemory:
    """The worker's end. Blocks are lists of numbers, to be added to in place."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._blocks = 0
        self._services: dict[str, memoryview] = {}
        self.worker: Final = self._append("")

    def service(self, name: str) -> memoryview:
        """Return a service's block; it is made when its name is heard first."""
        block = self._services.get(name)
        if block is None:
            block = self._services[name] = self._append(name)
        return block

    def counts(self) -> Counts:
        """Return what stands here."""
        return read_counts(self._descriptor)

    def _append(self, name: str) -> memoryview:
        start = self._blocks * BLOCK
        os.ftruncate(self._descriptor, start + BLOCK)
        self._blocks += 1
        raw = memoryview(mmap.mmap(self._descriptor, BLOCK, offset=start))
        written = name.encode()[: _NAME_ENDS - _NAME_AT]
        raw[_NAME_AT : _NAME_AT + len(written)] = written
        numbers = raw.cast("Q")
        numbers[_LENGTH_AT] = len(written)
        numbers[_LAYOUT_AT] = _LAYOUT  # last: a reader takes no block without it
        return numbers


def make_memory(name: str) -> int:
    """Return the descriptor of new, empty memory; ``name`` is what /proc shows."""
    return os.memfd_create(name)


def read_counts(descriptor: int) -> Counts:
    """Return what stands in a worker's memory; nothing where another version wrote it."""
    size = os.fstat(descriptor).st_size
    blocks = (_read_block(descriptor, start) for start in range(0, size - BLOCK + 1, BLOCK))
    ours = [block for block in blocks if block[_LAYOUT_AT] == _LAYOUT]
    if not ours:
        return Counts()
    worker, *services = ours
    return Counts(
        services=[service_counts(block) for block in services],
        refused={code: worker[at] for code, at in REFUSED.items() if worker[at]},
        connections=worker[CONNECTIONS],
        log_lines_dropped=worker[LOG_LINES_DROPPED],
        events_dropped=worker[EVENTS_DROPPED],
    )


def read_gists(descriptor: int) -> Iterator[tuple[str, Gist]]:
    """Yield each service's name and gist: 20 µs each, a quarter of what `read_counts` takes."""
    for start in _blocks_of_services(descriptor, BLOCK):
        block = _read_block(descriptor, start)
        if block[_LAYOUT_AT] == _LAYOUT:
            yield _name(block), _gist(block)


class GistReader:
    """The reader's end of a worker's memory, for one service at a time."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._starts: dict[str, int] = {}
        self._seen = BLOCK

    def gist(self, service: str) -> Gist | None:
        """Return a service's gist as it stands now; None while the worker does not know it."""
        if service not in self._starts:
            self._look_for_newcomers()
        start = self._starts.get(service)
        return None if start is None else _gist(_read_block(self._descriptor, start))

    def _look_for_newcomers(self) -> None:
        for start in _blocks_of_services(self._descriptor, self._seen):
            head = memoryview(os.pread(self._descriptor, _NAME_ENDS, start)).cast("Q")
            if not head[_LAYOUT_AT]:
                return  # it is being made
            if head[_LAYOUT_AT] == _LAYOUT:
                self._starts[_name(head)] = start
            self._seen = start + BLOCK


def gist_of(counts: Mapping[Variant, VariantGist], fallbacks: Mapping[str, int]) -> Gist:
    """Make the gist of what was counted elsewhere."""
    numbers: list[int] = []
    for variant in _VARIANTS:
        numbers += (counts[variant].failures, counts[variant].answered, *counts[variant].buckets)
    return (*numbers, *(fallbacks.get(reason, 0) for reason in _FALLBACKS))


def variant_gist(gist: Sequence[int], variant: Variant) -> VariantGist:
    """Return a variant's part."""
    start = _GIST_OF_VARIANT * variant.number
    failures, answered, *buckets = gist[start : start + _GIST_OF_VARIANT]
    return VariantGist(failures, tuple(buckets), answered)


def fallbacks_of(gist: Sequence[int]) -> dict[str, int]:
    """Return how often legacy answered in AI's place, by reason."""
    start = _GIST_OF_VARIANT * len(_VARIANTS)
    return {str(reason): count for reason, count in zip(_FALLBACKS, gist[start:], strict=True)}


def _gist(block: memoryview) -> Gist:
    numbers: list[int] = []
    for variant in _VARIANTS:
        part = part_of(block, variant)
        numbers.append(sum(sum(part[start + 500 : start + 600]) for start in (ANSWERED, OWN)))
        numbers.append(sum(count for _, count in _codes(part, ANSWERED)))
        numbers += map(add, part[WHOLE:WHOLE_TIME], part[LASTING:LASTING_TIME])
    fallbacks = block[_FALLBACKS_AT : _FALLBACKS_AT + len(_FALLBACKS)]
    return (*numbers, *fallbacks)


def _name(block: memoryview) -> str:
    return bytes(block.cast("B")[_NAME_AT : _NAME_AT + block[_LENGTH_AT]]).decode()


def _blocks_of_services(descriptor: int, first: int) -> range:
    return range(first, os.fstat(descriptor).st_size - BLOCK + 1, BLOCK)


def _read_block(descriptor: int, start: int) -> memoryview:
    return memoryview(os.pread(descriptor, BLOCK, start)).cast("Q")


def service_counts(block: memoryview) -> ServiceCounts:
    """Read a service's block."""
    name = _name(block)
    assigned: list[tuple[str, str, int]] = [
        (variant, reason, block[ASSIGNED[variant.number][reason.number]])
        for variant in _VARIANTS
        for reason in _REASONS
        if block[ASSIGNED[variant.number][reason.number]]
    ]
    return ServiceCounts(
        service=name,
        assignments=assigned,
        fallbacks={reason: block[at] for reason, at in FELL_BACK.items() if block[at]},
        variants=[_variant_counts(name, variant, block, assigned) for variant in _VARIANTS],
        shadows={
            result: block[at]
            for result, at in zip(ShadowResult, SHADOWED, strict=True)
            if block[at]
        },
        copies={
            variant: block[at] - block[at + 1]
            for variant, at in zip(_VARIANTS, COPIED, strict=True)
            if block[at]
        },
        copy_cost=block[COPY_COST],
    )


def _variant_counts(
    service: str, variant: Variant, block: memoryview, assigned: Iterable[tuple[str, str, int]]
) -> VariantCounts:
    part = part_of(block, variant)
    answered, own = dict(_codes(part, ANSWERED)), dict(_codes(part, OWN))
    codes = Counter(answered)
    codes.update(own)
    asked = part[JOINED] + sum(count for asked, _, count in assigned if asked == variant)
    return VariantCounts(
        service=service,
        variant=variant,
        codes=dict(codes),
        served=sum(answered.values()),
        # Not read at one moment: a request that ends meanwhile may seem to be missing.
        in_flight=max(0, asked - codes.total() - part[LEFT]),
        duration_buckets=_sum(part, WHOLE, LASTING),
        duration_sum=(part[WHOLE_TIME] + part[LASTING_TIME]) / 1e6,
        first_byte_buckets=_sum(part, WHOLE, FIRST),
        first_byte_sum=(part[WHOLE_TIME] + part[FIRST_TIME]) / 1e6,
    )


def _codes(part: memoryview, start: int) -> Iterator[tuple[int, int]]:
    for hundred in range(start, start + _MOST_CODES, _RUN):
        if part[hundred : hundred + _RUN] != _NOTHING:
            for at in range(hundred, hundred + _RUN):
                if part[at]:
                    yield at - start, part[at]


def _sum(part: memoryview, one: int, other: int) -> list[int]:
    return [part[one + at] + part[other + at] for at in range(LAST_BUCKET + 1)]
