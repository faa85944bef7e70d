"""On what terms one service's requests are copied: what a table says, ready to be used."""

from collections.abc import Callable
from dataclasses import dataclass

from router.proxy.counters import ShadowCounters
from router.proxy.shadow.taps import Taps
from router.proxy.shadow.thinning import Thinning
from router.proxy.shadow.way import Way
from router.routing.keys import ReadKey
from router.routing.spending import Purse


@dataclass(frozen=True, slots=True)
class Terms:
    """What the taps of one service share, as long as one table is in force.

    ways: to legacy and to AI, by the numbers of the variants. dropped: lower-case names of the
    fields that copies do not bear. hidden: readers of those keys of callers that stand there.
    prefix: of our own fields. most_held: bytes of all requests together. purse: None without
    limits. thinning: which pairs are sent where not all can be. may_ask_ai: whether copies may be
    sent there now.
    """

    service: str
    phase: int
    max_body: int
    timeout: float
    most_held: int
    dropped: frozenset[bytes]
    hidden: tuple[ReadKey, ...]
    prefix: bytes
    ways: tuple[Way, Way]
    purse: Purse | None
    thinning: Thinning
    counters: ShadowCounters
    clock: Callable[[], float]
    later: Callable[[float, Callable[[], None]], object]
    may_ask_ai: Callable[[], bool]
    taps: Taps
