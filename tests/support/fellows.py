"""A router that looks at its fleet, second by second, without a store."""

from dataclasses import replace

from router.control.fleet.fleet import About, Fleet, Identity
from router.control.fleet.watching import Watching
from router.replica.membership import Presence
from router.store.port import Note

LEASE = 15.0
LEASE_SECONDS = 15
OTHER = Presence("r2", "i2", 2, config_hash="abc", version="1")
THIRD = Presence("r3", "i3", 2, config_hash="abc", version="1")


class Second:
    """Each second whoever is named renews; the others are as they said last."""

    def __init__(self, *others: Presence) -> None:
        self.now = 1000.0
        self.config = "abc"
        self.notes: list[Note] = []
        self.fleet = Fleet(
            Identity("r1", "i1", "1"),
            lambda: About(2, self.config, {}),
            lambda: 25.0,
            lambda: self.now,
            is_shared=True,
        )
        self.others = {each.instance: each for each in others}
        self.watching = Watching(self.fleet, LEASE, lambda: self.now, lambda: self.notes)
        self.passes(*self.others)

    def passes(self, *instances: str, times: int = 1, is_store_away: bool = False) -> None:
        for _ in range(times):
            self.now += 1
            for each in instances:
                self.others[each] = replace(self.others[each], beat=self.others[each].beat + 1)
            self.fleet.next_presence()
            if not is_store_away:
                self.fleet.told(self.others.values())
            self.watching.look()

    def runs(self, instance: str, config: str) -> None:
        """Have another one run another config from its next renewal on."""
        self.others[instance] = replace(self.others[instance], config_hash=config)
