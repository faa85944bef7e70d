"""What must hold for every replica, whatever befalls a simulated world."""

from router.release.state import Called, Release
from router.replica.lease import DRIFT
from tests.support.sim_calls import Call
from tests.support.sim_replica import Replica
from tests.support.sim_worker import LEASE, Worker
from tests.support.sim_world import World

LONGEST = LEASE / (1 - DRIFT) + 1e-6
"""Seconds of true time that a lease lasts by the slowest clock."""

INSTANT = 1e-6


class Laws:
    """Looks after everything that happens."""

    def __init__(self, world: World, replicas: list[Replica], calls: list[Call]) -> None:
        self._world = world
        self._replicas = replicas
        self._calls = calls
        self._decided: dict[tuple[int, tuple[Called, ...]], float] = {}
        """When AI was given a share, by what was known then."""
        self._lost: list[tuple[float, int]] = []
        """When the store has lost an epoch, and which one it was left with."""
        self._looked_at: dict[str, Release] = {}
        self._known: dict[str, set[Called]] = {replica.name: set() for replica in replicas}
        self._beyond_doubt: dict[int, Release] = {}
        """By identity, releases that no law of asking AI can be broken by; of as many calls."""
        self._calls_then = 0
        world.looks.append(self.look)
        for replica in replicas:
            replica.decided = self._note

    def _note(self, release: Release) -> None:
        self._decided[release.share, release.rollbacks] = self._world.time

    def look(self) -> None:
        self._has_no_share_from_before_a_loss()
        if self._calls_then != len(self._calls):
            self._beyond_doubt, self._calls_then = {}, len(self._calls)
        for replica in self._replicas:
            self._forgets_nothing(replica)
            for worker in replica.workers:
                if id(worker.release) in self._beyond_doubt:
                    continue
                if not self._is_beyond_doubt(worker.release) and worker.asks_ai:
                    self._may_ask(replica, worker)

    def note_losses(self, before: Release | None) -> None:
        """The store was ``before``, and something has befallen it."""
        self._world.store.master.brought = None
        after = self._world.store.master.release
        if before is not None and (after is None or after.epoch < before.epoch):
            self._lost.append((self._world.time, -1 if after is None else after.epoch))
        for call in self._calls:
            had = before is not None and before.knows(call.called)
            has = after is not None and after.knows(call.called)
            call.was_lost = call.was_lost or (had and not has)

    def _is_beyond_doubt(self, release: Release) -> bool:
        """Whether nobody asks by it, or it was decided in the knowledge of all rollbacks."""
        is_decided = (release.share, release.rollbacks) in self._decided
        knows_all = is_decided and all(release.knows(call.called) for call in self._calls)
        if release.share and not knows_all:
            return False
        self._beyond_doubt[id(release)] = release
        return True

    # The laws...

    def _forgets_nothing(self, replica: Replica) -> None:
        """No replica gives AI a share by a release older than a rollback that it has known."""
        if not replica.is_alive:
            return
        served = replica.served
        if served is self._looked_at.get(replica.name):
            return
        self._looked_at[replica.name] = served
        known = self._known[replica.name]
        if served.share:
            forgotten = [called for called in known if not served.knows(called)]
            assert not forgotten, f"{replica.name} has undone {forgotten}"
        known.update(served.rollbacks)

    def _has_no_share_from_before_a_loss(self) -> None:
        """What a store has forgotten comes back at 0, until a person says how it stood."""
        brought = self._world.store.master.brought
        if brought is None:
            return
        decided_at = self._decided[brought.share, brought.rollbacks]
        for at, epoch in self._lost:
            assert brought.epoch <= epoch or decided_at >= at, f"{brought} is back by itself"

    def _may_ask(self, replica: Replica, worker: Worker) -> None:
        release = worker.release
        decided = (release.share, release.rollbacks)
        assert decided in self._decided, f"nobody has decided {release}"
        for call in self._calls:
            if release.knows(call.called):
                continue
            if worker.is_held:
                self._was_not_reached(replica, call)
            else:
                self._is_within_the_bound(replica, call)

    def _was_not_reached(self, replica: Replica, call: Call) -> None:
        """Nothing bounds whoever holds on; but nobody says that he has confirmed."""
        report = call.report
        if report is not None and replica.name in call.members:
            is_over = self._world.time > call.reported_at + INSTANT
            assert not (is_over and report.is_complete), f"{replica.name} was a member"
            assert report.is_complete or report.bound.begun is None, "a bound that is none"

    def _is_within_the_bound(self, replica: Replica, call: Call) -> None:
        """Nobody asks AI in ignorance of a rollback for longer than he may."""
        now = self._world.time
        last_lacking = call.lacking.get(replica.name, 0.0)
        assert now <= max(call.at, last_lacking) + LONGEST, (
            f"{replica.name} asks AI {now - call.at:.3f} s after the call"
        )
        report = call.report
        if report is None:
            return
        if report.is_complete and replica.name in call.members:
            assert now <= call.reported_at + INSTANT, f"{replica.name} was a member"
        if not report.is_stored or call.was_lost:
            return
        begun = report.bound.begun
        assert begun is not None or replica.holds_on
        if report.is_complete and replica.name not in call.deposed:
            assert now <= call.reported_at + INSTANT, f"{replica.name} was not waited for"
        elif not report.is_complete and begun is not None:
            assert now <= call.at + begun, f"{replica.name}: after the bound"
