"""Whenever the machine goes off, journal and store have the last rollback that was acknowledged."""

import contextlib

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from router.errors import NotDurableError
from router.store.journal import Journal
from router.store.port import Stand, stand_of
from router.store.record import SLOT
from tests.support.sequences import SEQUENCES
from tests.support.stored import Disk, PowerFailureError, entry_of, release_at

services = st.sampled_from(["support", "billing", "sales"])
pieces = st.lists(st.booleans(), min_size=SLOT // 512, max_size=SLOT // 512)
NOTHING: Stand = (0, 0)


class Rollbacks(RuleBasedStateMachine):
    """Three services have two slots at first, so that slots are used again all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = Disk()
        self.epoch = 0
        self.stored: dict[str, Stand] = {}
        self.acknowledged: dict[str, Stand] = {}
        self.attempted: dict[str, Stand] = {}
        self.restart()

    @rule()
    def restart(self) -> None:
        """What was attempted may have arrived or not; whichever is found is from now on so."""
        self.journal = Journal(self.disk, fewest=2)
        self.acknowledged |= self.found()
        self.attempted.clear()
        for service, stand in self.stored.items():
            self.journal.settle(service, stand)

    @rule(service=services, size=st.integers(0, 5000))
    def roll_back(self, service: str, size: int) -> None:
        self.attempt(service, size)

    @rule(service=services, arrived=pieces)
    def go_off_while_rolling_back(self, service: str, arrived: list[bool]) -> None:
        self.disk.torn = arrived
        with contextlib.suppress(PowerFailureError):
            self.attempt(service, 0)
        self.disk.torn = None
        self.restart()

    @rule(service=services)
    def roll_back_while_the_disk_is_full(self, service: str) -> None:
        self.disk.refuses = True
        self.attempt(service, 0)
        self.disk.refuses = False

    @rule(service=services, index=st.integers(0, 3))
    def roll_back_upon_a_bad_place(self, service: str, index: int) -> None:
        self.disk.bad = {index}
        self.attempt(service, 0)
        self.disk.bad = set()

    @rule(service=services)
    def let_the_store_catch_up(self, service: str) -> None:
        stand = self.acknowledged.get(service)
        if stand is not None:
            self.stored[service] = max(stand, self.stored.get(service, NOTHING))
            self.journal.settle(service, stand)

    def attempt(self, service: str, size: int) -> None:
        self.epoch += 1
        release = release_at(self.epoch, self.epoch, service=service, reason="x" * size)
        self.attempted[service] = stand_of(release)
        with contextlib.suppress(NotDurableError):
            self.journal.write(release, entry_of(release))
            self.acknowledged[service] = stand_of(release)

    def found(self) -> dict[str, Stand]:
        records = Journal(self.disk, fewest=2).read()
        found = {service: stand_of(record.release) for service, record in records.items()}
        both = found.keys() | self.stored.keys()
        return {
            service: max(found.get(service, NOTHING), self.stored.get(service, NOTHING))
            for service in both
        }

    @invariant()
    def what_was_acknowledged_is_found(self) -> None:
        found = self.found()
        for service, stand in self.acknowledged.items():
            assert found[service] in (stand, self.attempted.get(service))
            assert found[service] >= stand

    @invariant()
    def nothing_is_found_that_nobody_asked_for(self) -> None:
        for service, stand in self.found().items():
            assert stand in (self.acknowledged.get(service), self.attempted.get(service))


TestRollbacks = Rollbacks.TestCase
TestRollbacks.settings = settings(max_examples=SEQUENCES, stateful_step_count=30)
