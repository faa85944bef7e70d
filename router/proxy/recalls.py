"""What becomes of those whom a rollback finds at AI, or the end of the lease.

Who has not begun there goes to legacy. Who has, finishes or is cut, as the service has it; what
could last for ever is given a time and then wound up. No rollback depends on this: that no request
begins at AI any more is the permit's doing (`permits`). Here the worker looks at its clients one
after the other, so that nothing had to be noted for each request.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from router.proxy.deadlines import NEVER
from router.proxy.permits import Permit
from router.proxy.ports import AtBackend, Client
from router.routing.snapshot import InFlight, Service

GRACE: Final = 1.0
"""Seconds that an event or a frame has to become whole, when it is time to end."""


class Recalls:
    """One worker's. There is one timer, however many services and clients are there."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        clients: Iterable[Client],
        mask: Callable[[], bytes],
    ) -> None:
        """clients: all there are, at any time. mask: four bytes that nobody can guess."""
        self._loop = loop
        self._clock = clock
        self._clients = clients
        self._mask = mask
        self._timer: asyncio.TimerHandle | None = None

    def recall(self, services: Iterable[Service]) -> None:
        """Their permits were withdrawn; a second time restarts no time that runs."""
        recalled = {service.name: service for service in services}
        now = self._clock()
        for exchange, permit in self._left_at_ai():
            service = recalled.get(permit.service)
            if service is not None:
                is_cut = service.in_flight is InFlight.CUT
                ends_by = now if is_cut else now + service.stream_drain
                permit.ends_by = min(permit.ends_by, ends_by)
                exchange.recall(cut=is_cut)
        self._wind_up()

    def stop(self) -> None:
        """Forget about those who are left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wind_up(self) -> None:
        """End what has lasted for long enough, and look again when it is time for others."""
        self.stop()
        now, look = self._clock(), NEVER
        in_grace: set[Permit] = set()
        for exchange, permit in self._left_at_ai():
            if permit.ends_by > now:
                look = min(look, permit.ends_by)
            elif exchange.wind_up(self._mask()):
                in_grace.add(permit)
        for permit in in_grace:  # not before, since others may be there by the same one
            permit.ends_by = now + GRACE
            look = min(look, permit.ends_by)
        if look < NEVER:
            self._timer = self._loop.call_later(look - now, self._wind_up)

    def _left_at_ai(self) -> Iterator[tuple[AtBackend, Permit]]:
        """Yield who is at AI by a permit that was withdrawn; they may leave meanwhile."""
        for client in list(self._clients):
            exchange = client.exchange
            permit = None if exchange is None else exchange.permit
            if exchange is not None and permit is not None and not permit.is_valid:
                yield exchange, permit
