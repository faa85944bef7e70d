"""What holds for many replicas over one store, whatever fails, in whatever order.

Each replica is put together of the pure parts as the real one is; clocks, network and store are
simulated, so that a sequence takes milliseconds and a failure can be repeated. `make laws` tries
10,000 sequences.

No AI after the bound, no rollback undone: `tests/support/sim_laws.py`, after every event. That AI
comes back once everything is healed: at the end of every sequence, here.
"""

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from router.replica.lease import DRIFT
from tests.support.sequences import SEQUENCES
from tests.support.sim_calls import Call
from tests.support.sim_laws import Laws
from tests.support.sim_replica import Replica
from tests.support.sim_store import MAX_LAG
from tests.support.sim_worker import LEASE
from tests.support.sim_world import STORE, World

who = st.integers(0, 3)
soon = st.sampled_from([0.0, 0.1, 0.3, 1.0])
slownesses = st.sampled_from([0.005, 0.5, 3.0])
moments = st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.0, LEASE, 2 * LEASE])


class AnyFaults(RuleBasedStateMachine):
    holds_on = False
    """Whether workers hold on to what is complete."""

    @initialize(
        seed=st.integers(0, 2**32),
        replicas=st.integers(2, 4),
        slowest=slownesses,
    )
    def begin(self, seed: int, replicas: int, slowest: float) -> None:
        self.world = World(seed)
        self.calls: list[Call] = []
        self.replicas = [
            Replica(self.world, f"r{n}", self.calls, holds_on=self.holds_on)
            for n in range(replicas)
        ]
        for replica in self.replicas:
            replica.peers = self.replicas
        self.laws = Laws(self.world, self.replicas, self.calls)
        for replica in self.replicas:
            replica.start()
        self.world.run(2.0)
        self.replicas[0].share(50)
        self.world.run(2.0)
        assert all(worker.asks_ai for replica in self.replicas for worker in replica.workers)
        self.world.network.slowest = slowest

    def one(self, number: int) -> Replica:
        return self.replicas[number % len(self.replicas)]

    # What people do...

    @rule(at=who, then=moments)
    def roll_back(self, at: int, then: float) -> None:
        if self.one(at).is_alive and not self.one(at).is_stopped:
            self.one(at).roll_back()
        self.world.run(then)

    @rule(at=who, percent=st.sampled_from([0, 5, 50, 100]), then=moments)
    def share(self, at: int, percent: int, then: float) -> None:
        if self.one(at).is_alive and not self.one(at).is_stopped:
            self.one(at).share(percent)
        self.world.run(then)

    @rule(at=who, then=moments)
    def rehearse(self, at: int, then: float) -> None:
        if self.one(at).is_alive and not self.one(at).is_stopped:
            self.one(at).rehearse()
        self.world.run(then)

    @rule(at=who, then=moments)
    def resume(self, at: int, then: float) -> None:
        if self.one(at).is_alive and not self.one(at).is_stopped:
            self.one(at).resume()
        self.world.run(then)

    # What befalls replicas...

    @rule(which=who, only_supervisor=st.booleans(), then=moments)
    def kill(self, which: int, only_supervisor: bool, then: float) -> None:
        replica = self.one(which)
        replica.kill_supervisor() if only_supervisor else replica.kill()
        self.world.run(then)

    @rule(which=who, then=moments)
    def start(self, which: int, then: float) -> None:
        if not self.one(which).is_alive:
            self.one(which).start()
        self.world.run(then)

    @rule(which=who, whole=st.booleans(), then=moments)
    def stop(self, which: int, whole: bool, then: float) -> None:
        replica = self.one(which)
        replica.stop()
        for worker in replica.workers if whole else replica.workers[:1]:
            worker.is_stopped = True
        self.world.run(then)

    @rule(which=who, then=moments)
    def go_on(self, which: int, then: float) -> None:
        self.let_go_on(self.one(which))
        self.world.run(then)

    @rule(which=who, then=moments)
    def suspend(self, which: int, then: float) -> None:
        """A whole machine sleeps; its clock goes on."""
        replica = self.one(which)
        for worker in replica.workers:
            worker.is_stopped = True
        replica.stop()
        self.sleep(replica)
        self.world.run(then)

    def sleep(self, replica: Replica) -> None:
        """Its clock does nothing else then."""

    def let_go_on(self, replica: Replica) -> None:
        for worker in replica.workers:
            worker.go_on()
        replica.go_on()

    @rule(which=who, rate=st.sampled_from([1 - DRIFT, 1.0, 1 + DRIFT]))
    def drift(self, which: int, rate: float) -> None:
        self.one(which).clock.drift(rate)

    # What befalls the network...

    @rule(one=who, other=st.integers(-1, 3), then=moments)
    def cut(self, one: int, other: int, then: float) -> None:
        to = STORE if other < 0 else self.one(other).name
        self.world.network.cut.add(frozenset((self.one(one).name, to)))
        self.world.run(then)

    @rule(which=who, then=moments)
    def isolate(self, which: int, then: float) -> None:
        name = self.one(which).name
        others = [STORE, *(replica.name for replica in self.replicas if replica.name != name)]
        self.world.network.cut |= {frozenset((name, other)) for other in others}
        self.world.run(then)

    @rule(then=moments)
    def mend(self, then: float) -> None:
        self.world.network.cut.clear()
        self.world.run(then)

    @rule(
        slowest=st.sampled_from([0.005, 0.5, 3.0, 2 * LEASE]),
        drops=st.sampled_from([0, 10, 60]),
        doubles=st.sampled_from([0, 30]),
        then=moments,
    )
    def trouble(self, slowest: float, drops: int, doubles: int, then: float) -> None:
        network = self.world.network
        network.slowest, network.drops, network.doubles = slowest, drops, doubles
        self.world.run(then)

    # What befalls the store...

    @rule(
        loss=st.sampled_from([0.0, 0.3, MAX_LAG]),
        loyal=st.sets(who, max_size=2),
        then=moments,
    )
    def fail_over(self, loss: float, loyal: set[int], then: float) -> None:
        before = self.world.store.master.release
        names = tuple(self.one(number).name for number in loyal)
        self.world.store.fail_over(loss, names)
        self.laws.note_losses(before)
        self.world.run(then)

    @rule(loss=st.sampled_from([0.0, 1.0, 30.0]), then=moments)
    def restart_store(self, loss: float, then: float) -> None:
        before = self.world.store.master.release
        self.world.store.restart(loss)
        self.laws.note_losses(before)
        self.world.run(then)

    @rule(then=moments)
    def empty_store(self, then: float) -> None:
        before, node = self.world.store.master.release, self.world.store.master
        node.empty()
        for replica in self.replicas:
            replica.beats.clear()
        self.laws.note_losses(before)
        self.world.run(then)

    @rule(then=moments)
    def pause_store(self, then: float) -> None:
        self.world.store.master.is_paused = True
        self.world.run(then)

    @rule(then=moments)
    def resume_store(self, then: float) -> None:
        self.world.store.master.resume()
        self.world.run(then)

    @rule(is_up=st.booleans(), then=moments)
    def switch_store(self, is_up: bool, then: float) -> None:
        self.world.store.master.is_up = is_up
        self.world.run(then)

    # What is rare, and where two things have to meet while all is well...

    @rule(which=who, at=who, slowest=slownesses, then=soon)
    def cut_off_soon_after_a_rollback(
        self, which: int, at: int, slowest: float, then: float
    ) -> None:
        self.recover(slowest)
        self.roll_back(at, then)
        self.isolate(which, 2 * LEASE)

    @rule(which=who, at=who, sleeps=st.booleans(), before=moments, then=moments)
    def roll_back_meanwhile(
        self, which: int, at: int, sleeps: bool, before: float, then: float
    ) -> None:
        """One does not hear of it, and goes on afterwards."""
        self.recover(0.005)
        self.suspend(which, before) if sleeps else self.stop(which, True, before)
        self.roll_back(at, then)
        self.go_on(which, 0.0)

    @rule(one=who, other=who, slowest=slownesses, then=soon)
    def roll_back_and_raise(self, one: int, other: int, slowest: float, then: float) -> None:
        self.recover(slowest)
        self.roll_back(one, then)
        self.share(other, 100, then)

    @rule(which=who, then=soon)
    def die_with_a_rollback(self, which: int, then: float) -> None:
        """Nobody else has heard of it."""
        self.recover(0.005)
        self.isolate(which, then)
        self.roll_back(which, then)
        self.kill(which, False, then)
        self.start(which, then)

    @rule(at=who, loss=st.sampled_from([1.0, 3.0, 8.0, 30.0]), then=soon)
    def lose_an_epoch(self, at: int, loss: float, then: float) -> None:
        self.recover(0.005)
        self.roll_back(at, 1.0)
        self.take_on(5)
        self.restart_store(loss, then)

    @rule(which=who, at=who, then=st.sampled_from([0.55, 0.6, 0.7, 0.8, 0.9]))
    def join_just_before(self, which: int, at: int, then: float) -> None:
        self.recover(0.005)
        self.kill(which, False, 2 * LEASE)
        self.start(which, then)
        self.roll_back(at, 1.0)

    @rule(which=who, at=who, loss=st.sampled_from([0.0, 0.3]))
    def roll_back_on_a_new_master(self, which: int, at: int, loss: float) -> None:
        """One hears nobody but the old one."""
        self.recover(0.005)
        self.isolate(which, 0.0)
        self.world.network.cut.discard(frozenset((self.one(which).name, STORE)))
        self.fail_over(loss, {which}, 0.1)
        self.roll_back(at, 2 * LEASE)

    def recover(self, slowest: float) -> None:
        self.heal()
        self.world.run(2 * LEASE)
        self.take_on(50)
        self.world.network.slowest = slowest
        self.world.run(LEASE / 2)

    def take_on(self, percent: int) -> None:
        """Whatever stands, have AI get a share."""
        first = self.replicas[0]
        first.resume()
        self.world.run(1.5)
        for each in (0, percent):
            first.share(each)
            self.world.run(1.5)

    # In the end...

    def teardown(self) -> None:
        if hasattr(self, "laws"):
            self.heal()
            self.world.run(4 * LEASE)
            self.all_agree()
            self.ai_comes_back()

    def heal(self) -> None:
        self.world.network.__init__()  # type: ignore[misc]
        self.world.store.heal()
        for replica in self.replicas:
            self.let_go_on(replica)
            if not replica.is_alive:
                replica.start()

    def all_agree(self) -> None:
        stored = self.world.store.master.release
        assert stored is not None, "the store has nothing"
        for replica in self.replicas:
            assert replica.served == stored, f"{replica.name} disagrees"
            assert replica.lease.holds(replica.clock.read()), f"{replica.name} is at 0"
            told = {worker.release for worker in replica.workers}
            assert told == {stored}, f"{replica.name}'s workers disagree"
            assert all(stored.knows(call.called) for call in self.calls), "one was forgotten"

    def ai_comes_back(self) -> None:
        """Whatever stands, a person can take it on from there, and everybody follows."""
        self.take_on(100)
        workers = [worker for replica in self.replicas for worker in replica.workers]
        assert all(worker.asks_ai for worker in workers), "AI has not come back"


TestAnyFaults = pytest.mark.timeout(120 + SEQUENCES)(AnyFaults.TestCase)
TestAnyFaults.settings = settings(
    max_examples=max(200, SEQUENCES), stateful_step_count=20, deadline=None
)
