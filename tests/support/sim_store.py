"""A store like Redis in a simulated world: one service, masters that are deposed, writes lost."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from router.errors import GrayRouterError
from router.release.state import Release
from router.replica import joining
from router.replica.membership import Presence

_births = itertools.count()

MAX_LAG = 2.0
"""Seconds for which a deposed master still takes writes (`min-replicas-max-lag`)."""


class UndoneError(GrayRouterError):
    """Somebody is about to forget a rollback."""


Op = Callable[["Node"], None]


def must_remember(before: Release | None, after: Release) -> None:
    """Hold a release against the one that it follows."""
    known = before.rollbacks if before is not None else ()
    if not all(after.knows(called) for called in known):
        raise UndoneError(f"{before} would be followed by {after}")


@dataclass(frozen=True)
class Answer:
    """What every script returns: the release, and who has renewed.

    birth: of the store; it has none before anything is written. taken_at: in true time.
    is_replicated: whether another server has confirmed it.
    """

    birth: str
    taken_at: float
    release: Release | None
    presences: tuple[Presence, ...]
    is_saved: bool = True
    is_replicated: bool = True


@dataclass
class Node:
    """One server. history: (when, release), to be failed over from.

    brought: the last share that nobody has decided there and then.
    """

    now: Callable[[], float]
    birth: str = "none"
    release: Release | None = None
    brought: Release | None = None
    heard: dict[str, tuple[Presence, float]] = field(default_factory=dict)
    history: list[tuple[float, Release | None]] = field(default_factory=list)
    deposed_at: float | None = None
    is_up: bool = True
    is_paused: bool = False
    waiting: list[Op] = field(default_factory=list)

    # Scripts...

    def beat(self, presence: Presence) -> Answer:
        self.heard[presence.instance] = (presence, self.now())
        return self._answer()

    def put(self, release: Release) -> Answer:
        return self._write(release, may=joining.may_put(release, self.release))

    def bring(self, release: Release, based_on: tuple[int, int], birth: str) -> Answer:
        answer = self.change(release, based_on, birth)
        if answer.is_saved:
            self.brought = release
        return answer

    def change(self, release: Release, based_on: tuple[int, int], birth: str) -> Answer:
        may = birth == self.birth and joining.may_change(self.release, release, based_on)
        return self._write(release, may=may)

    def _write(self, release: Release, *, may: bool) -> Answer:
        if may:
            must_remember(self.release, release)
            if self.release is None or release.epoch > self.release.epoch:
                self.birth = f"birth {next(_births)}"
            self.set(release)
        return self._answer(is_saved=self.release == release)

    def _answer(self, *, is_saved: bool = True) -> Answer:
        presences = tuple(presence for presence, _ in self.heard.values())
        is_replicated = self.deposed_at is None  # what WAIT says
        return Answer(self.birth, self.now(), self.release, presences, is_saved, is_replicated)

    # What befalls it...

    def do(self, op: Op) -> None:
        if self.is_paused:
            self.waiting.append(op)
        elif self.takes_writes:
            op(self)

    def empty(self) -> None:
        self.birth = f"birth {next(_births)}"
        self.heard.clear()
        self.set(None)

    def set(self, release: Release | None) -> None:
        self.release = release
        self.history.append((self.now(), release))

    @property
    def takes_writes(self) -> bool:
        is_cut_off = self.deposed_at is not None and self.now() > self.deposed_at + MAX_LAG
        return self.is_up and not is_cut_off

    def resume(self) -> None:
        self.is_paused = False
        waiting, self.waiting = self.waiting, []
        for op in waiting:
            self.do(op)

    def successor(self, loss: float) -> "Node":
        """Return a node that has not heard of the last ``loss`` seconds."""
        until = self.now() - loss
        before = [release for at, release in self.history if at <= until]
        heard = {name: each for name, each in self.heard.items() if each[1] <= until}
        node = Node(self.now, self.birth, heard=heard)
        node.set(before[-1] if before else None)
        return node


@dataclass
class Store:
    """The master, and old ones that some replicas still talk to."""

    master: Node
    loyal: dict[str, Node] = field(default_factory=dict)

    def node_for(self, replica: str) -> Node:
        return self.loyal.get(replica, self.master)

    def fail_over(self, loss: float, loyal: tuple[str, ...]) -> None:
        old, self.master = self.master, self.master.successor(loss)
        old.deposed_at = old.now()
        self.loyal = dict.fromkeys(loyal, old)

    def restart(self, loss: float) -> None:
        self.master = self.master.successor(loss)
        self.loyal = {}

    def heal(self) -> None:
        self.loyal = {}
        self.master.is_up = True
        self.master.resume()
