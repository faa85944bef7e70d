"""May a request still begin at AI?

Whatever a table gives to AI it gives with its service's permit. A rollback withdraws the permit,
for good: who was decided before it and has not begun yet (it waits for a connection, for its body,
or to be asked again) begins nowhere but at legacy. To begin is to have the first byte written.
The end of the lease does the same, since a rollback may be what was not heard of: who comes once
there is a lease again comes with another permit. A service that holds on (`on_partition: hold`,
once complete) keeps its permit through that, and nothing but a rollback that is heard ends it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from router.proxy.deadlines import NEVER
from router.routing.snapshot import Service


class Permit:
    """Under which requests begin at one service's AI, until a rollback."""

    __slots__ = ("ends_by", "epoch", "holds_on", "is_valid", "last_begun", "service")

    def __init__(self, service: str, epoch: int, *, is_valid: bool, last_begun: float) -> None:
        self.service: Final = service
        self.epoch: Final = epoch
        self.is_valid = is_valid
        self.holds_on = False
        """Whether it is as good without a lease. It says so for tables before this one, too."""
        self.last_begun = last_begun
        """When the last one did, by the clock that counts suspended time too; 0 for never."""
        self.ends_by = NEVER
        """After a rollback: when those that could last for ever have lasted long enough."""


class Permits:
    """The permits that a worker has given, one for each service."""

    __slots__ = ("_given", "was_leased")

    def __init__(self) -> None:
        self._given: dict[str, Permit] = {}
        self.was_leased = False
        """Whether there ever was a lease: else nothing holds on."""

    def renew(self, services: Iterable[Service]) -> list[Service]:
        """Give permits for these tables; return the services that were rolled back by them.

        An epoch that has grown tells of a rollback, also of one that was not heard of.
        """
        return [service for service in services if self._renew(service)]

    def replace(self, services: Iterable[Service]) -> list[Service]:
        """Withdraw all that are valid, for those who have them; return the services."""
        return [service for service in services if self._give(service)]

    def hold(self, services: Sequence[Service]) -> list[Service]:
        """Have those hold on that are to; return who no longer does."""
        holding = {service.name for service in services if service.holds_on and self.was_leased}
        let_go = [
            service
            for service in services
            if self.of(service.name).holds_on and service.name not in holding
        ]
        for name, permit in self._given.items():
            permit.holds_on = name in holding
        return let_go

    def of(self, service: str) -> Permit:
        """Return the permit of a service that has been named before."""
        return self._given[service]

    def _renew(self, service: Service) -> bool:
        """Replace the permit if that has to be; tell whether the former one meant more."""
        former = self._given.get(service.name)
        has_grown = former is not None and service.epoch > former.epoch
        if former is not None and not has_grown and former.is_valid != service.rolled_back:
            return False
        return self._give(service) or has_grown

    def _give(self, service: Service) -> bool:
        """Give a permit in place of the former one; tell whether that was valid."""
        former = self._given.get(service.name)
        self._given[service.name] = Permit(
            service.name,
            service.epoch,
            is_valid=not service.rolled_back,
            last_begun=0.0 if former is None else former.last_begun,
        )
        if former is None:
            return False
        was_valid, former.is_valid = former.is_valid, False
        return was_valid
