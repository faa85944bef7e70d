"""What became of the requests that were to be compared: counts that add up, as those of `tally` do.

A request that is eligible is paired, or left out for one reason. What becomes of a pair, the
tallies say; both together are the coverage, without which no figure means anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from router.compare.tally import LOSSES, Tally
from router.compare.verdict import Result
from router.errors import TallyError

PAIRED: Final = "paired"
SAMPLED_OUT: Final = "sampled_out"
WAITING: Final = "waiting"
"""Paired, and not compared yet; or lost, where a comparer was killed."""

_LAYOUT: Final = b"L"
"""The first byte of what `dump_ledger` returns: no layout of a tally."""

Ledger = dict[str, int]
"""Result of a request that was to be copied -> requests."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was compared of what should have been. left_out: requests by the reason."""

    eligible: int
    compared: int
    left_out: Mapping[str, int]

    @property
    def ratio(self) -> float | None:
        return self.compared / self.eligible if self.eligible else None


def coverage(ledger: Mapping[str, int], tally: Tally) -> Coverage:
    """Put both together. Pairs that no worker has made (`POST /pairs`) are eligible themselves.

    A copy whose answer is not whole stands in the ledger by its own reason, and its pair in the
    tally as well, for its metrics: it is one request, and the ledger's.
    """
    requests = tally.requests - tally.lost
    paired = max(ledger.get(PAIRED, 0), requests)
    left_out = {reason: count for reason, count in ledger.items() if reason != PAIRED}
    eligible = paired + sum(left_out.values())
    unread = {reason: count for reason, count in tally.errors.items() if reason not in LOSSES}
    readable = tally.pairs - tally.results.get(Result.ERROR, 0)
    left_out |= unread
    left_out[SAMPLED_OUT] = requests - readable - sum(unread.values())
    left_out[WAITING] = paired - requests
    return Coverage(
        eligible=eligible,
        compared=readable,
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
    )


def is_ledger(dumped: bytes) -> bool:
    """Tell it from a tally: they lie beside each other."""
    return dumped[:1] == _LAYOUT


def dump_ledger(ledger: Ledger) -> bytes:
    """Return it as bytes."""
    return _LAYOUT + _encoder.encode(ledger)


def load_ledger(dumped: bytes) -> Ledger:
    """Return the ledger that was dumped, or raise `TallyError`."""
    try:
        return _decoder.decode(memoryview(dumped)[1:])
    except msgspec.MsgspecError as error:
        raise TallyError("a ledger of copies means nothing") from error


def added(ledgers: Iterable[Mapping[str, int]]) -> Ledger:
    """Return the sum of all of them."""
    total: Ledger = {}
    for ledger in ledgers:
        for result, count in ledger.items():
            total[result] = total.get(result, 0) + count
    return total


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Ledger)
