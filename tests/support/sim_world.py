"""A simulated world: true time, clocks that drift, and a network that loses, doubles and delays."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.sim_store import Node, Store

Action = Callable[[], None]
STORE = "store"


@dataclass
class Clock:
    """CLOCK_BOOTTIME of one machine: it never stands still, and never steps."""

    now: Callable[[], float]
    rate: float = 1.0
    _since: float = 0.0
    _at: float = 0.0

    def read(self) -> float:
        return self._at + (self.now() - self._since) * self.rate

    def drift(self, rate: float) -> None:
        self._at, self._since, self.rate = self.read(), self.now(), rate


@dataclass
class Network:
    """slowest: seconds that a message takes at most. drops, doubles: of a hundred messages."""

    slowest: float = 0.005
    drops: int = 0
    doubles: int = 0
    cut: set[frozenset[str]] = field(default_factory=set)

    def carries(self, one: str, other: str) -> bool:
        return frozenset((one, other)) not in self.cut


class World:
    def __init__(self, seed: int) -> None:
        self.time = 100.0
        self.chance = random.Random(seed)
        self.network = Network()
        self.store = Store(Node(self.now))
        self.looks: list[Action] = []
        """Called after everything that happens."""
        self._numbers = itertools.count()
        self._due: list[tuple[float, int, Action]] = []

    def now(self) -> float:
        return self.time

    def after(self, seconds: float, action: Action) -> None:
        heapq.heappush(self._due, (self.time + seconds, next(self._numbers), action))

    def run(self, seconds: float) -> None:
        until = self.time + seconds
        while self._due and self._due[0][0] <= until:
            self.time, _, action = heapq.heappop(self._due)
            action()
            self.look()
        self.time = until
        self.look()

    def look(self) -> None:
        for look in self.looks:
            look()

    # The network...

    def send(self, one: str, other: str, action: Action) -> None:
        """Deliver it once, twice or never; a message that is under way is cut off as well."""
        if not self.network.carries(one, other) or self._happens(self.network.drops):
            return
        for _ in range(2 if self._happens(self.network.doubles) else 1):
            delay = self.chance.uniform(0.0002, self.network.slowest)
            self.after(delay, lambda: self._deliver(one, other, action))

    def _deliver(self, one: str, other: str, action: Action) -> None:
        if self.network.carries(one, other):
            action()

    def ask_store(self, replica: str, op: Callable[[Node], Action]) -> None:
        """Have ``op`` done by the node that this replica talks to, and what it returns at home."""

        def do(node: Node) -> None:
            self.send(STORE, replica, op(node))

        self.send(replica, STORE, lambda: self.store.node_for(replica).do(do))

    def _happens(self, of_a_hundred: int) -> bool:
        return self.chance.randrange(100) < of_a_hundred
