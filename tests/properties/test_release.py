"""What holds for a release after any sequence of commands, given by anybody at any time.

Callers have seen what stood at some time and may be late; gates and windows come and go; clocks
jump. `make laws` tries 10,000 sequences.
"""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from router.model import ALL, BasisPoints
from router.release.commands import (
    Approve,
    ComeBack,
    Command,
    Complete,
    Drill,
    Informed,
    LoseState,
    Pause,
    Promote,
    Reset,
    Restore,
    Resume,
    Rollback,
    Set,
    SetShadow,
    Start,
)
from router.release.plan import ReleasePlan
from router.release.refusals import ALL_REFUSALS, Obstacle, Refusal
from router.release.state import Drilled, HeldFor, Release, Standing, Status
from router.release.transitions import Decision, decide
from router.release.windows import Weekly
from router.replica.drill import Left, Measured, restoring
from tests.support.gradual import NOON
from tests.support.sequences import SEQUENCES

HOUR = 3600.0
PEOPLE = ("ann", "ben", "cid")
ILL = Obstacle("legacy", "no endpoint is healthy")
TUESDAY = Weekly(timedelta(days=1), timedelta(days=2), UTC, "tuesdays")
EVERY_DAY_AT_THREE = tuple(
    Weekly(timedelta(days=day, hours=15), timedelta(days=day, hours=16), UTC, "at three")
    for day in range(7)
)
WITH_AI = (Standing.ROLLING, Standing.PAUSED, Standing.COMPLETE)
SHARES = (0, 1, 500, 2000, 3000, 5000, 9999, 10_000)

plans = st.builds(
    ReleasePlan,
    stages=st.sampled_from(
        [(500, 2000, 5000, 10_000), (1,), (10_000,), (3000, 5000)],
    ).map(lambda stages: tuple(map(BasisPoints, stages))),
    max_step=st.sampled_from([None, None, 1, 3000]).map(lambda step: step and BasisPoints(step)),
    approvals=st.sampled_from([1, 1, 2, 3]),
    require_reason=st.booleans(),
    no_raise=st.sampled_from([(), (TUESDAY,), EVERY_DAY_AT_THREE]),
    drill_within=st.sampled_from([None, None, HOUR, 48 * HOUR]),
    sample=st.sampled_from([None, BasisPoints(0), BasisPoints(1000)]),
)
orders: st.SearchStrategy[tuple[type[Command], dict[str, Any]]] = st.one_of(
    st.sampled_from(SHARES).map(lambda points: (Set, {"share": BasisPoints(points)})),
    st.sampled_from([Start, Promote, Pause, Reset, Approve, Drill]).map(
        lambda command: (command, {})
    ),
    st.booleans().map(lambda force: (Complete, {"force": force})),
    st.booleans().map(lambda sure: (Resume, {"confirm_lost_state": sure})),
    st.sampled_from([None, 0, 500]).map(lambda points: (SetShadow, {"copied": points})),
)
obstacles = st.sampled_from([(), (), (), (ILL,)])


class AnySequence(RuleBasedStateMachine):
    @initialize(plan=plans)
    def begin(self, plan: ReleasePlan) -> None:
        self.plan = plan
        self.now = NOON
        self.release = Release("support")
        self.seen = [(0, 0)]
        self.drills: list[tuple[Release, Release]] = []
        """Each that has begun: what was before, and where it has led to."""

    # What happens...

    @rule(
        order=orders,
        by=st.sampled_from(PEOPLE),
        reason=st.sampled_from(["because", "because", " "]),
        sight=st.tuples(st.sampled_from([0, 0, 0, 0, 0, 0, 1, 3]), st.sampled_from([False, True])),
        held_back=obstacles,
    )
    def command(
        self,
        order: tuple[type[Command], dict[str, Any]],
        by: str,
        reason: str,
        sight: tuple[int, bool],
        held_back: tuple[Obstacle, ...],
    ) -> None:
        """Somebody commands, by what he saw a while ago."""
        (kind, more), (late, is_for_one) = order, sight
        epoch, revision = self.seen[max(-len(self.seen), -1 - late)]
        about: dict[str, Any] = {"epoch": epoch, "revision": revision if is_for_one else None}
        self.judge(kind(by=by, at=self.now, reason=reason, **about, **more), held_back)

    @rule(by=st.sampled_from(PEOPLE), held_back=obstacles)
    def roll_back(self, by: str, held_back: tuple[Obstacle, ...]) -> None:
        before = self.release
        self.judge(Rollback(by=by, at=self.now), held_back)
        assert self.release.epoch == before.epoch + 1
        assert (self.release.status, self.release.share) == (Status.ROLLED_BACK, 0)

    @rule(by=st.sampled_from(PEOPLE), hours=st.sampled_from([0.0, 1.0, 22.5, 24.0]))
    def raise_and_approve(self, by: str, hours: float) -> None:
        """What somebody wants and everybody approves sooner or later."""
        self.judge(self.told(Set, by=by, share=self.higher_by(self.plan.max_step or 3000)), ())
        self.now += hours * HOUR
        for other in PEOPLE:
            self.judge(self.told(Approve, by=other), ())

    @precondition(lambda self: self.release.standing is Standing.ROLLING)
    @rule()
    def pause(self) -> None:
        self.judge(self.told(Pause), (ILL,))
        assert self.release.standing is Standing.PAUSED

    @precondition(lambda self: self.plan.max_step is not None)
    @rule()
    def overstep(self) -> None:
        """One hundredth of a percent more than the plan allows at once is too much."""
        share = self.higher_by((self.plan.max_step or 0) + 1)
        if share - self.release.share > (self.plan.max_step or 0):
            assert isinstance(decide(self.release, self.told(Set, share=share), self.plan), Refusal)

    @precondition(lambda self: self.release.standing in WITH_AI)
    @rule()
    def drill(self) -> None:
        """A drill that nothing disturbs leaves everything as it was, an epoch later."""
        before = self.release
        self.judge(self.told(Drill), ())
        if self.release is not before:
            self.end_drill(-1, ())
            assert self.release.standing is before.standing

    @precondition(lambda self: self.drills)
    @rule(which=st.sampled_from([-1, -1, -1, -2, 0]), held_back=obstacles)
    def end_drill(self, which: int, held_back: tuple[Obstacle, ...]) -> None:
        """A drill's own end comes, however late, whatever has happened meanwhile."""
        before, during = self.drills[max(-len(self.drills), which)]
        released = self.release
        measured = Measured(7.5, is_complete=True)
        command = restoring(during, measured, released, self.now)
        # What is copied is not what a drill is about.
        stands = replace(released, revision=during.revision, shadow=during.shadow) == during
        assert isinstance(command, Restore) is stands
        if isinstance(command, Left):
            epoch, revision = during.stand
            command = self.told(Restore, epoch=epoch, revision=revision, applied_ms=7.5)
        self.judge(command, held_back)
        now = self.release
        if not stands or held_back:
            assert now is released
            return
        assert (now.status, now.share, now.stage) == (before.status, before.share, before.stage)
        assert (now.epoch, now.held) == (during.epoch, None)
        assert now.drilled == Drilled(self.now, 7.5)
        assert now.shadow == released.shadow

    @rule(kind=st.sampled_from([LoseState, ComeBack]))
    def happen(self, kind: type[LoseState] | type[ComeBack]) -> None:
        """The store forgets, or a config takes the service out and has it again."""
        before = self.release
        self.judge(kind(by="router", at=self.now), (ILL,))
        assert self.release.share == 0
        assert self.release.is_barred or not before.is_barred

    @rule(hours=st.sampled_from([-1.0, 0.5, 1.0, 5.0, 23.0, 24.0, 100.0]))
    def wait(self, hours: float) -> None:
        self.now += hours * HOUR

    @rule(plan=plans)
    def reload(self, plan: ReleasePlan) -> None:
        """Another config has other rules for the same release."""
        self.plan = plan

    def told(self, kind: type[Informed], **more: Any) -> Any:
        """Give a command as somebody does who knows what stands."""
        by, epoch = more.pop("by", "ann"), more.pop("epoch", self.release.epoch)
        return kind(by=by, at=self.now, reason="so", epoch=epoch, **more)

    def raises(self, epoch: int) -> list[Command]:
        """Give whatever gives AI more, as decided at this epoch."""
        share = self.higher_by(1)
        kinds = (Start, Promote, Approve, Reset)
        return [
            self.told(Set, share=share, epoch=epoch),
            self.told(Resume, confirm_lost_state=True, epoch=epoch),
            self.told(Restore, epoch=epoch, applied_ms=7.5),
            *(self.told(kind, epoch=epoch, by="cid") for kind in kinds),
        ]

    def higher_by(self, points: int) -> BasisPoints:
        return BasisPoints(min(ALL, self.release.share + points))

    # What must be so, whatever happens...

    def judge(self, command: Command, held_back: tuple[Obstacle, ...]) -> None:
        before = self.release
        decision = decide(before, command, self.plan, held_back)
        if isinstance(decision, Refusal):
            assert isinstance(decision, ALL_REFUSALS)
            assert decision.fact
            assert decision.instead
            return
        after = decision.after
        self.is_in_order(before, after)
        self.is_told_of(command, decision)
        if decision.is_raise or (before.is_barred and not after.is_barred):
            self.is_no_answer_to_a_rollback(command, before)
        assert after.drilled == before.drilled or isinstance(command, Restore)
        if isinstance(command, Drill):
            self.drills.append((before, after))
        if decision.is_raise and not isinstance(command, Restore):
            self.follows_upon_a_drill(command, decision)
            self.passes_what_guards_raises(command, decision, held_back)
        if isinstance(command, Informed) and command.revision is not None:
            assert command.revision == before.revision
        self.release = after
        self.seen.append((after.epoch, after.revision))
        self.a_rollback_is_possible_whatever_stands_against_raises()
        self.nothing_that_is_older_than_a_rollback_gives_ai_more()

    def is_in_order(self, before: Release, after: Release) -> None:
        assert (after.epoch, after.revision) > (before.epoch, before.revision)
        assert after.revision == before.revision + 1
        assert after.epoch - before.epoch in (0, 1)
        assert after.phase - before.phase == (after.share != before.share)

    def is_told_of(self, command: Command, decision: Decision) -> None:
        before, after = decision.before, decision.after
        if isinstance(command, SetShadow):
            self.changes_copies_alone(command, decision)
            return
        assert after.shadow == before.shadow or isinstance(command, ComeBack)
        if decision.is_waiting:
            assert after == replace(before, revision=after.revision, pending=after.pending)
            return
        assert after.updated_at == command.at
        assert command.by in (after.by, *after.approved_by)

    def changes_copies_alone(self, command: SetShadow, decision: Decision) -> None:
        """Who decided the share, when and why, is not touched, nor is what guards it."""
        before, after = decision.before, decision.after
        assert self.plan.sample is not None
        assert after.shadow == command.copied
        unsaid = replace(after, revision=before.revision, shadow=before.shadow)
        assert unsaid == replace(before, pending=None)

    def is_no_answer_to_a_rollback(self, command: Command, before: Release) -> None:
        """Nothing gives AI more that was decided before the last rollback."""
        assert isinstance(command, Informed)
        assert command.epoch == before.epoch

    def follows_upon_a_drill(self, command: Command, decision: Decision) -> None:
        before, within = decision.before, self.plan.drill_within
        asked = "" if before.pending is None else before.pending.command
        is_back = isinstance(command, Resume) or (
            isinstance(command, Approve) and asked == "resume"
        )
        is_first = before.share == 0 and decision.after.share <= self.plan.stages[0]
        if within is not None and not is_back and not is_first:
            assert before.drilled is not None
            assert command.at - before.drilled.when <= within

    def passes_what_guards_raises(
        self, command: Command, decision: Decision, held_back: tuple[Obstacle, ...]
    ) -> None:
        before, after = decision.before, decision.after
        assert before.standing not in (Standing.PAUSED, Standing.COMPLETE)
        assert not held_back
        assert all(window.until(command.at) is None for window in self.plan.no_raise)
        consenting = (after.by, *after.approved_by)
        assert len(set(consenting)) == len(consenting) >= self.plan.approvals
        if self.plan.require_reason and not isinstance(command, Approve):
            assert after.reason.strip()
        if self.plan.max_step is not None and isinstance(command, Set | Start | Promote):
            assert after.share - before.share <= self.plan.max_step
        if isinstance(command, Approve):
            assert before.pending is not None
            assert after.share == before.pending.share
            assert command.at < before.pending.expires_at

    @invariant()
    def it_is_a_state_that_has_a_meaning(self) -> None:
        it = self.release
        assert (it.share > 0) is (it.standing in WITH_AI)
        assert (it.stage is None) or it.share > 0
        assert (it.held is not None) is (it.standing in (Standing.LOST, Standing.DRILLED))
        if it.held is not None and it.standing is Standing.DRILLED:
            assert it.held.why is HeldFor.DRILL
        if it.pending is not None:
            assert it.pending.share > it.share

    @invariant()
    def a_rollback_is_possible_whatever_stands_against_raises(self) -> None:
        strict = replace(self.plan, require_reason=True, approvals=3, max_step=BasisPoints(1))
        decision = decide(self.release, Rollback(by="", at=self.now), strict, [ILL])
        assert isinstance(decision, Decision)
        assert decision.is_rollback
        assert not decision.is_waiting
        assert decision.after.is_barred
        assert decision.after.share == 0

    @invariant()
    def nothing_that_is_older_than_a_rollback_gives_ai_more(self) -> None:
        for command in self.raises(self.release.epoch - 1):
            decision = decide(self.release, command, self.plan)
            if isinstance(decision, Decision):
                assert not decision.is_raise
                assert decision.after.is_barred or not self.release.is_barred

    @invariant()
    def nothing_is_raised_in_a_pause(self) -> None:
        if self.release.standing is Standing.PAUSED:
            for command in self.raises(self.release.epoch):
                decision = decide(self.release, command, self.plan)
                assert isinstance(decision, Refusal) or not decision.is_raise

    @invariant()
    def less_is_possible_whatever_stands_against_raises(self) -> None:
        if self.release.standing in (Standing.ROLLING, Standing.PAUSED):
            less = Set(by="", at=self.now, reason="so", epoch=-1, share=BasisPoints(0))
            decision = decide(self.release, less, self.plan, [ILL])
            assert isinstance(decision, Decision)
            assert (decision.after.status, decision.after.share) == (Status.IDLE, 0)


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=SEQUENCES, stateful_step_count=30)
