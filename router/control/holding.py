"""Whom no rollback may ever reach: the services that hold on (`on_partition: hold`).

A router that is cut off with such a service at complete asks AI until somebody reaches it. So it is
said whenever that begins, and whenever a config says anew that it shall.
"""

import logging
from collections.abc import Callable
from typing import Final

from router.control.events import tell
from router.routing.snapshot import Service, Snapshot

REMEMBERED: Final = 30.0
"""Seconds; longer than anybody is waited for who was not heard from (`settings.time_to_zero`)."""


class Holding:
    """Sees each snapshot in order, and remembers what other routers may still serve by."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """clock: seconds that go on while the machine sleeps."""
        self._clock = clock
        self._known: dict[str, bool] = {}
        self._until: dict[str, float] = {}
        """Who has held on, and does no more: until when others may not have heard of it."""
        self._config_hash = ""

    def see(self, snapshot: Snapshot) -> None:
        """Take note of what is served from now on."""
        before = self._known
        held = {service.name: self._may_be_held(service) for service in snapshot.services}
        self._known = {name: each for name, each in held.items() if each is not None}
        for name in before:
            if before[name] and not self._known.get(name):
                self._until[name] = self._clock() + REMEMBERED
        has_changed = snapshot.config_hash != self._config_hash
        self._config_hash = snapshot.config_hash
        begun = [
            service.name
            for service in snapshot.services
            if service.holds_on and (has_changed or not before.get(service.name))
        ]
        if begun:
            tell("hold_without_bound", level=logging.WARNING, services=begun)

    def known(self, service: str) -> bool | None:
        """Say whether a router that is not reached may go on with it for ever.

        A rollback leaves that as it was: whoever has not heard of it goes on. None: it was rolled
        back before this router knew it otherwise.
        """
        return self._is_recent(service) or self._known.get(service)

    def _may_be_held(self, service: Service) -> bool | None:
        if service.rolled_back and not service.holds_on:
            return self.known(service.name)
        return service.holds_on

    def _is_recent(self, service: str) -> bool:
        until = self._until.get(service)
        return until is not None and self._clock() < until
