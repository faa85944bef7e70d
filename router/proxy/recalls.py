"""What becomes of those whom a rollback finds at AI, or the end of the lease.

Who has not begun there goes to legacy. Who has, finishes or is cut, as the service has it; what
could last for ever is given a time and then wound up. No rollback depends on this: that no request
begins at AI any more is the permit's doing (`permits`). Here the worker looks at its clients one
after the other, so that nothing had to be noted for each request.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from router.proxy.permits import Permit
from router.proxy.ports import AtBackend, Client
from router.routing.snapshot import InFlight, Service

GRACE: Final = 1.0
"""Seconds that an event or a frame has to become whole, when it is time to end."""


class Recalls:
    """One worker's. There is one timer for a service, however many are there."""

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
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def recall(self, service: Service) -> None:
        """This service's permit was withdrawn; a second time restarts no time that runs."""
        is_cut = service.in_flight is InFlight.CUT
        ends_by = self._clock() + (0.0 if is_cut else service.stream_drain)
        for exchange, permit in self._left_at_ai(service.name):
            permit.ends_by = min(permit.ends_by, ends_by)
            exchange.recall(cut=is_cut)
        if is_cut or service.name not in self._timers:
            self._wind_up(service.name)

    def stop(self) -> None:
        """Forget about those who are left."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _wind_up(self, service: str) -> None:
        """End what has lasted for long enough, and look again when it is time for others."""
        timer = self._timers.pop(service, None)
        if timer is not None:
            timer.cancel()
        now = self._clock()
        looks: list[float] = []
        for exchange, permit in self._left_at_ai(service):
            if permit.ends_by > now:
                looks.append(permit.ends_by)
            elif exchange.wind_up(self._mask()):
                looks.append(now + GRACE)
        if looks:
            self._timers[service] = self._loop.call_later(min(looks) - now, self._wind_up, service)

    def _left_at_ai(self, service: str) -> Iterator[tuple[AtBackend, Permit]]:
        """Yield who is at AI by a permit that was withdrawn; they may leave meanwhile."""
        for client in list(self._clients):
            exchange = client.exchange
            permit = None if exchange is None else exchange.permit
            if permit is None or exchange is None or permit.is_valid:
                continue
            if permit.service == service:
                yield exchange, permit
