"""Whom no rollback may ever reach: the services that hold on (`on_partition: hold`).

A router that is cut off with such a service at complete asks AI until somebody reaches it. So it is
said whenever that begins, and whenever a config says anew that it shall.
"""

import logging

from router.control.events import tell
from router.routing.snapshot import Snapshot


class Holding:
    """Sees each snapshot in order, and remembers what other routers may still serve by."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}
        self._config_hash = ""

    def see(self, snapshot: Snapshot) -> None:
        """Take note of what is served from now on."""
        before, self._known = self._known, {}
        for service in snapshot.services:
            known = before.get(service.name) if service.rolled_back else False
            if service.holds_on or known is not None:
                self._known[service.name] = service.holds_on or known is True
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
        return self._known.get(service)
