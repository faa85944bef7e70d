"""One replica in a simulated world: the pure parts, put together as the real ones are.

A supervisor that beats, judges what it hears, and tells its workers in order; workers that serve by
what they were told last, as long as their lease lasts by a clock that is read afresh.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from router.model import BasisPoints
from router.release.commands import Command, Complete, Drill, Reset, Restore, Resume, Rollback, Set
from router.release.plan import ReleasePlan
from router.release.state import Called, Release
from router.release.transitions import Decision, decide
from router.replica import drill as drills, joining, judging, lost_state
from router.replica.acknowledging import Confirmed, Roll, Terms
from router.replica.judging import Finding, Serving, Stored
from router.replica.lease import DRIFT, Lease
from router.replica.membership import Membership, Presence
from tests.support.sim_calls import Call, Report
from tests.support.sim_store import MAX_LAG, Answer, Node, must_remember
from tests.support.sim_worker import LEASE, Worker
from tests.support.sim_world import Action, Clock, World

DRAIN: Final = 1.0
TIMEOUT: Final = 1.0
REPORT_WITHIN: Final = 3.0
PLAN: Final = ReleasePlan(stages=(BasisPoints(500), BasisPoints(10_000)))


class Replica:
    """A machine with a supervisor that may be killed, stopped and started again."""

    def __init__(
        self, world: World, name: str, calls: list[Call], *, holds_on: bool = False
    ) -> None:
        self.world = world
        self.holds_on = holds_on
        self.name = name
        self.calls = calls
        self.clock = Clock(world.now)
        self.peers: list[Replica] = []
        self.decided: Callable[[Release], None] = lambda _: None
        # What lies on its disk.
        self.journal: Release | None = None
        self.membership = Membership()
        # What never runs backwards.
        self.starts = 0
        self.beats: list[tuple[float, Node]] = []
        self.sent = 0
        self.workers: list[Worker] = []
        self.is_alive = False
        self.is_stopped = False
        self._inbox: list[Action] = []

    # Its life...

    def start(self) -> None:
        self.starts += 1
        self.is_alive, self.is_stopped = True, False
        self._inbox = []
        self.served = self.journal or Release("support")
        self.lease = Lease(LEASE)
        self.losses = lost_state.Losses()
        self.served_since = self.clock.read()
        self.rolls: dict[Called, tuple[Call, Roll, float]] = {}
        self.owed: dict[tuple[str, Called], Release] = {}
        self.drilled: Release | None = None
        self.birth: str | None = None
        self.told_of = 0.0
        self._last_answered = 0.0
        self._answers: list[tuple[Replica, Called]] = []
        orphans = self.workers
        own = [Worker(self.world, self.clock, holds_on=self.holds_on) for _ in range(2)]
        self.workers = [*own, *orphans]
        self.world.after(0.5, lambda: self._relieve(orphans))
        self._tell(lambda worker: worker.apply(self.served))
        self._mine(self.beat)()

    def _relieve(self, orphans: list[Worker]) -> None:
        self.workers = [worker for worker in self.workers if worker not in orphans]

    def kill(self) -> None:
        self.kill_supervisor()
        self.workers = []

    def kill_supervisor(self) -> None:
        self.is_alive = False
        self.starts += 1

    def stop(self) -> None:
        self.is_stopped = True

    def go_on(self) -> None:
        self.is_stopped = False
        inbox, self._inbox = self._inbox, []
        for action in inbox:
            action()

    def _mine(self, action: Action) -> Action:
        """Have it done by this start of the supervisor, or never; when it runs."""
        start = self.starts

        def act() -> None:
            if self.starts != start or not self.is_alive:
                return
            if self.is_stopped:
                self._inbox.append(act)
            else:
                action()

        return act

    @property
    def presence(self) -> Presence:
        instance = f"{self.name}-{self.starts}"
        return Presence(self.name, instance, len(self.workers), beat=self.sent)

    # Renewing...

    def beat(self) -> None:
        self.sent += 1
        sent, sent_at, presence = self.clock.read(), self.world.time, self.presence

        def op(node: Node) -> Action:
            self._note_what_it_lacks(node, sent_at)
            self.beats.append((self.world.time, node))
            answer = node.beat(presence)
            return self._mine(lambda: self.hear(sent, answer))

        self.world.ask_store(self.name, op)
        self.world.after(TIMEOUT, self._mine(lambda: self._miss(sent)))
        now = self.clock.read()
        self.world.after(self.lease.next_renewal(sent, now) - now, self._mine(self.beat))
        for (peer, called), release in self.owed.items():
            self._call_out(peer, called, release)

    def was_heard(self, node: Node, until: float) -> bool:
        """Whether this node has heard of us recently, as it would have said then."""
        since = until - (LEASE + DRAIN) * (1 - 3 * DRIFT)
        return any(each is node and since < at <= until for at, each in self.beats)

    def _note_what_it_lacks(self, node: Node, sent_at: float) -> None:
        for call in self.calls:
            if node.release is not None and not node.release.knows(call.called):
                call.lacking[self.name] = max(sent_at, call.lacking.get(self.name, 0.0))
                if node.deposed_at is not None:
                    call.deposed.add(self.name)

    def _miss(self, sent: float) -> None:
        if sent >= self._last_answered:
            self.lease = self.lease.missed()

    def hear(self, sent: float, answer: Answer) -> None:
        now = self.clock.read()
        self._last_answered = max(self._last_answered, sent)
        self._learn_members(answer, now)
        stored = {} if answer.release is None else {"support": answer.release}
        serving = Serving(self.served, self.served_since, self.birth)
        judgements = judging.judge_all(Stored(stored, answer.birth, sent), [serving])
        self.losses = self.losses.seen(judgements, now)
        (judgement,) = judgements
        self._act(judgement, answer, now)
        if judgement.renews:
            self.birth = answer.birth
        if judging.renews(judgements):
            self.lease = self.lease.renewed(sent, now)
            assert answer.release == self.served, f"{self.name} is renewed by another state"
        elif judgement.is_loss:
            self.lease = self.lease.broken(now)
        else:
            self.lease = self.lease.missed()
        until = self.lease.until
        self._tell(lambda worker: worker.extend(until))

    def _act(self, judgement: judging.Judgement, answer: Answer, now: float) -> None:
        self.serve(judgement.release)
        is_final = self.losses.are_final("support", LEASE, now)
        if judgement.finding is Finding.FORGETFUL or is_final:
            self.serve(lost_state.paused(self.served, PLAN, "router", self.world.time))
            self.bring()
        elif judgement.finding is Finding.BEHIND:
            self.bring(answer)

    def _learn_members(self, answer: Answer, now: float) -> None:
        self.told_of = max(self.told_of, answer.taken_at)
        self.membership = self.membership.told(answer.presences, now)
        for called, (call, roll, since) in self.rolls.items():
            if answer.release is not None and answer.release.knows(called):
                members = self.membership.members(LEASE + DRAIN, now)
                known = roll.joined(members)
                if answer.is_replicated:
                    known = known.stored(now - since)
                self.rolls[called] = (call, known, since)

    # Serving...

    def serve(self, release: Release) -> None:
        """Publish it if it is another one; keep what no other record knows."""
        if release == self.served:
            return
        must_remember(self.served, release)
        self.served, self.served_since = release, self.clock.read()
        if self.journal is None or release.is_barred or joining.unknown(self.journal, release):
            self.journal = release
        self._tell(lambda worker: worker.apply(release))

    def _tell(self, message: Callable[[Worker], None]) -> None:
        for worker in self.workers:
            worker.tell(partial(message, worker))
        self.world.after(0.021, self._mine(self._look_for_words))

    def meet(self, release: Release) -> None:
        """Somebody else serves by this: a peer, or what the store refused something for."""
        self.serve(joining.join(self.served, release))
        if self.served != release:
            self.bring()

    def bring(self, seen: Answer | None = None) -> None:
        """Have the store know what is served; a share only upon what it was seen to have."""
        release = self.served
        if release.share:
            if seen is not None and seen.release is not None:
                based_on, birth = seen.release.stand, seen.birth
                self._change(lambda node: node.bring(release, based_on, birth))
            return

        def op(node: Node) -> Action:
            answer = node.put(release)
            return self._mine(lambda: self._brought(answer))

        self.world.ask_store(self.name, op)

    def _brought(self, answer: Answer) -> None:
        self._learn_members(answer, self.clock.read())
        if answer.release is not None and not answer.is_saved:
            joined = joining.join(self.served, answer.release)
            self.serve(joined)
            if joined != answer.release and joining.may_put(joined, answer.release):
                self.bring()  # else the next renewal sees to it

    # Commands...

    def roll_back(self) -> None:
        command = Rollback(by=f"{self.name}'s", at=self.world.time)
        decision = decide(self.served, command, PLAN)
        assert isinstance(decision, Decision)
        self._begin(decision.after)

    def rehearse(self) -> None:
        command = Drill(by=f"{self.name}'s", at=self.world.time, epoch=self.served.epoch)
        decision = decide(self.served, command, PLAN)
        if isinstance(decision, Decision):
            self.drilled = decision.after
            self._begin(decision.after)

    def _begin(self, release: Release) -> None:
        call = Call(release.rollbacks[-1], self.name, self.world.time)
        self.calls.append(call)
        node = self.world.store.node_for(self.name)
        call.members = {peer.name for peer in self.peers if peer.was_heard(node, self.told_of)}
        self.serve(release)
        self.bring()
        since = self.clock.read()
        members = (self.presence, *self.membership.members(LEASE + DRAIN, since))
        self.rolls[call.called] = (call, Roll({}).joined(members), since)
        for member in members:
            if member.replica != self.name:
                self.owed[member.replica, call.called] = release
                self._call_out(member.replica, call.called, release)
        self.world.after(REPORT_WITHIN, self._mine(lambda: self._report(call.called)))

    def _call_out(self, to: str, called: Called, release: Release) -> None:
        (peer,) = (peer for peer in self.peers if peer.name == to)
        self.world.send(self.name, to, lambda: peer.called(self, called, release))

    def called(self, by: "Replica", called: Called, release: Release) -> None:
        """A peer tells of a rollback; it hears when all workers serve by it."""

        def hear() -> None:
            self.meet(release)
            self._answers.append((by, called))
            self._look_for_words()

        self._mine(hear)()

    def _word(self, called: Called) -> Confirmed:
        acked = sum(worker.release.knows(called) for worker in self.workers)
        return Confirmed(self.presence.instance, len(self.workers), acked, 0.0)

    def _look_for_words(self) -> None:
        for called in tuple(self.rolls):
            self._hear_word(called, self._word(called))
        waiting, self._answers = self._answers, []
        for by, called in waiting:
            word = self._word(called)
            if word.is_complete:
                self.world.send(self.name, by.name, by._mine(by.confirmed(self, called, word)))
            else:
                self._answers.append((by, called))

    def confirmed(self, peer: "Replica", called: Called, word: Confirmed) -> Action:
        def hear() -> None:
            self.owed.pop((peer.name, called), None)
            self._hear_word(called, word)

        return hear

    def _hear_word(self, called: Called, word: Confirmed) -> None:
        if called not in self.rolls:
            return
        call, roll, since = self.rolls[called]
        roll = roll.heard(word, self.clock.read() - since)
        self.rolls[called] = (call, roll, since)
        if roll.is_complete and roll.stored_after is not None:
            self._report(called)

    def _report(self, called: Called) -> None:
        if called not in self.rolls:
            return
        call, roll, _ = self.rolls.pop(called)
        bound = roll.bound(Terms(LEASE, DRAIN, MAX_LAG, self.holds_on))
        call.report = Report(roll.is_complete, roll.stored_after is not None, bound)
        call.reported_at = self.world.time
        if self.drilled is not None and called == self.drilled.rollbacks[-1]:
            measured = drills.Measured(self.world.time - call.at, is_complete=roll.is_complete)
            self._end_drill(self.drilled, measured)

    def _end_drill(self, during: Release, measured: drills.Measured) -> None:
        self.drilled = None
        command = drills.restoring(during, measured, self.served, self.world.time)
        if isinstance(command, Restore):
            self._command(command)

    def share(self, percent: int) -> None:
        share = BasisPoints(percent * 100)
        self._command(Set(by="ann", at=self.world.time, epoch=self.served.epoch, share=share))

    def complete(self) -> None:
        at, epoch = self.world.time, self.served.epoch
        self._command(Complete(by="ann", at=at, epoch=epoch, force=True))

    def reset(self) -> None:
        self._command(Reset(by="ann", at=self.world.time, epoch=self.served.epoch))

    def resume(self) -> None:
        now = self.clock.read()
        if lost_state.is_settled(self.served, self.served_since, LEASE, now):
            epoch = self.served.epoch
            at = self.world.time
            self._command(Resume(by="ann", at=at, epoch=epoch, confirm_lost_state=True))

    def _command(self, command: Command) -> None:
        decision = decide(self.served, command, PLAN)
        if isinstance(decision, Decision):
            self._decide(decision.after)

    def _decide(self, after: Release) -> None:
        if self.birth is not None:
            self.decided(after)
            based_on, birth = self.served.stand, self.birth
            self._change(lambda node: node.change(after, based_on, birth))

    def _change(self, script: Callable[[Node], Answer]) -> None:
        def op(node: Node) -> Action:
            answer = script(node)
            return self._mine(lambda: self._changed(answer))

        self.world.ask_store(self.name, op)

    def _changed(self, answer: Answer) -> None:
        if answer.is_saved and answer.release is not None:
            self.birth = answer.birth
            self.serve(joining.join(self.served, answer.release))
