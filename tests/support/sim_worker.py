"""A worker in a simulated world."""

from typing import Final

from router.release.state import Release, Status
from router.replica.lease import Lease, may_ask_ai
from tests.support.sim_world import Action, Clock, World

LEASE: Final = 5.0


class Worker:
    """Serves by what it was told; messages come in their order, however late."""

    def __init__(self, world: World, clock: Clock, *, holds_on: bool) -> None:
        self.world, self.clock, self.holds_on = world, clock, holds_on
        self.release = Release("support")
        self.lease = Lease(LEASE)
        self.is_stopped = False
        self._inbox: list[Action] = []

    @property
    def asks_ai(self) -> bool:
        if self.is_stopped or not self.release.share:
            return False
        now = self.clock.read()
        return may_ask_ai(self.release, self.lease, now, holds_on=self.holds_on)

    @property
    def is_held(self) -> bool:
        """Whether it asks AI for as long as it hears nothing else."""
        return self.holds_on and self.asks_ai and self.release.status is Status.COMPLETE

    def tell(self, action: Action) -> None:
        self._inbox.append(action)
        self.world.after(self.world.chance.uniform(0.0001, 0.02), self.read)

    def read(self) -> None:
        while self._inbox and not self.is_stopped:
            self._inbox.pop(0)()

    def apply(self, release: Release) -> None:
        self.release = release

    def extend(self, until: float) -> None:
        self.lease = Lease(LEASE, until)

    def go_on(self) -> None:
        self.is_stopped = False
        self.world.look()  # what waits in its sockets comes before what it is told
        self.read()
