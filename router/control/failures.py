"""Sign-ins that fail: whoever guesses is told to wait, and nobody else is.

Only failures are slowed down. A right token always passes, also from an address that guesses: else
whoever shares it could keep everybody there from rolling back.
"""

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MOST: Final = 10
"""Failures of one address within the `WINDOW`, which are answered as what they are."""

WINDOW: Final = 60.0
"""Seconds."""

MOST_ADDRESSES: Final = 1024
"""Addresses that are remembered; whoever has more of them is not stopped by counting them."""

IPV6_SITE: Final = 64
"""Bits of an IPv6 address that are not its owner's to choose."""


class Failures:
    """Remembers when sign-ins of an address failed. `stopwatch` is in seconds."""

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self._by_origin: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, peer: str) -> float | None:
        """Note one more; return for how many seconds no more is worth trying, None if it is."""
        now = self._stopwatch()
        recent = self._recent(_origin(peer), now)
        if len(recent) == MOST:
            return recent[0] + WINDOW - now
        recent.append(now)
        return None

    def __len__(self) -> int:
        return len(self._by_origin)

    def _recent(self, origin: str, now: float) -> deque[float]:
        recent = self._by_origin.setdefault(origin, deque())
        self._by_origin.move_to_end(origin)
        while recent and recent[0] + WINDOW <= now:
            recent.popleft()
        if len(self._by_origin) > MOST_ADDRESSES:
            self._by_origin.popitem(last=False)
        return recent


def _origin(peer: str) -> str:
    """Return what to count by: whoever has an IPv6 address has all of its network."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv4Address):
        return peer
    return str(ipaddress.IPv6Network((address, IPV6_SITE), strict=False))
