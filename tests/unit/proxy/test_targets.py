import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from router.model import Variant
from router.proxy.deadlines import NEVER
from router.proxy.endpoint_state import EndpointState
from router.proxy.targets import AddressBook, Out, Targets
from router.routing.snapshot import Ejection, Endpoint, Upstream
from router.wire.messages import Locate, Target
from tests.support.transport import Clock

NAMED = Endpoint("ai.internal", 9443)
OTHER = Endpoint("127.0.0.1", 9001)
POLICY = Ejection(consecutive=2, base=30.0, max_percent=50.0)
SLOW = 10.0


class Scene:
    """The targets of one pool, and the clock."""

    def __init__(
        self, *endpoints: Endpoint, is_last_resort: bool = False, policy: Ejection = POLICY
    ) -> None:
        self.clock = Clock()
        settings = Upstream(endpoints or (NAMED,), ejection=policy, slow_start=SLOW)
        self.targets = Targets(
            settings, self.clock, random.Random(7).randrange, is_last_resort=is_last_resort
        )

    def locate(self, *up: int, down: tuple[int, ...] = ()) -> None:
        """Have the first endpoint be at 10.0.0.N for each N of both."""
        self.targets.locate(
            Target(0, f"10.0.0.{number}", 80, is_up)
            for numbers, is_up in ((up, True), (down, False))
            for number in numbers
        )

    def state(self, number: int) -> EndpointState:
        return next(s for s in self.targets.states if s.address == f"10.0.0.{number}")

    def fail(self, number: int, times: int = 2) -> bool:
        return [self.targets.fail(self.state(number)) for _ in range(times)][-1]

    @property
    def usable(self) -> list[int]:
        return [int(state.address.rpartition(".")[2]) for state in self.targets.usable]

    def share(self, number: int) -> float:
        """Which share of the choices this one gets while all are idle."""
        picks = Counter(self.targets.pick().address for _ in range(10_000))
        return picks[f"10.0.0.{number}"] / 10_000

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        if self.targets.wakes <= self.clock.now:
            self.targets.refresh()


# Located...


def test_what_is_an_address_already_needs_no_look_up() -> None:
    scene = Scene(OTHER, Endpoint("::1", 9002), Endpoint("/run/a.sock", 0), NAMED)
    places = [(state.address, state.port) for state in scene.targets.usable]
    assert places == [("127.0.0.1", 9001), ("::1", 9002), ("/run/a.sock", 0)]


def test_a_name_has_no_target_until_it_is_located() -> None:
    scene = Scene(NAMED)
    assert scene.usable == []
    scene.locate(1, 2)
    assert scene.usable == [1, 2]
    assert scene.state(1).endpoint is NAMED


def test_who_stays_keeps_its_state_and_who_is_gone_is_not_chosen() -> None:
    scene = Scene()
    scene.locate(1, 2)
    stays, goes = scene.state(1), scene.state(2)
    stays.failures = 1
    scene.locate(1, 3)
    assert scene.state(1) is stays
    assert stays.failures == 1
    assert (stays.serves, goes.serves) == (True, False)
    assert scene.usable == [1, 3]


def test_who_is_gone_is_remembered_while_it_still_works() -> None:
    scene = Scene()
    scene.locate(1, 2)
    busy, idle = scene.state(1), scene.state(2)
    busy.load = 1
    scene.locate(3)
    assert scene.targets.leaving == [busy]
    scene.locate(1, 2, 3)
    assert scene.state(1) is busy
    assert scene.state(2) is not idle
    assert scene.targets.leaving == []


# Down...


def test_who_is_down_is_not_chosen_while_another_is_up() -> None:
    scene = Scene(is_last_resort=True)
    scene.locate(1, down=(2,))
    assert scene.usable == [1]


@pytest.mark.parametrize(("is_last_resort", "usable"), [(True, [1, 2]), (False, [])])
def test_when_none_is_up_all_are_tried_only_where_nobody_stands_behind_them(
    is_last_resort: bool, usable: list[int]
) -> None:
    scene = Scene(is_last_resort=is_last_resort)
    scene.locate(down=(1, 2))
    assert scene.usable == usable


# Ejected...


def test_who_fails_too_often_is_left_out_and_comes_back() -> None:
    scene = Scene()
    scene.locate(1, 2)
    assert scene.fail(1)
    assert scene.usable == [2]
    assert scene.targets.out() == [Out("ai.internal:9443 (10.0.0.1)", 30.0)]
    assert scene.targets.wakes == scene.clock.now + 30.0
    scene.pass_time(30.0)
    assert scene.usable == [1, 2]
    assert scene.targets.out() == []
    assert scene.targets.wakes == NEVER


def test_a_lone_endpoint_is_never_left_out() -> None:
    scene = Scene()
    scene.locate(1)
    assert not scene.fail(1, times=100)
    assert scene.usable == [1]


def test_who_is_down_does_not_count_for_how_many_may_be_left_out() -> None:
    scene = Scene()
    scene.locate(1, down=(2, 3, 4))
    assert not scene.fail(1)
    assert scene.usable == [1]


def test_all_of_ai_may_be_left_out_where_the_operator_says_so() -> None:
    scene = Scene(policy=replace(POLICY, max_percent=100.0))
    scene.locate(1)
    assert scene.fail(1)
    assert scene.usable == []


def test_legacy_is_tried_even_when_all_of_it_is_left_out() -> None:
    scene = Scene(policy=replace(POLICY, max_percent=100.0), is_last_resort=True)
    scene.locate(1, down=(2,))
    assert scene.fail(1)
    assert scene.usable == [1]


def test_who_was_gone_or_left_out_already_fails_at_what_it_was_given_before() -> None:
    scene = Scene()
    scene.locate(1, 2)
    scene.fail(1)
    out, gone = scene.state(1), scene.state(2)
    scene.locate(1)
    assert not scene.targets.fail(gone)
    assert gone.failures == 0
    assert (out.failures, out.serves) == (0, True)


def test_fewer_targets_bring_back_who_was_nearest_to_its_end() -> None:
    scene = Scene()
    scene.locate(1, 2, 3, 4)
    scene.fail(1)
    scene.clock.now += 1.0
    scene.fail(2)
    assert scene.usable == [3, 4]
    scene.locate(1, 2, 3)
    assert scene.usable == [1, 3]


# Coming slowly...


def test_who_comes_while_others_serve_begins_slowly() -> None:
    scene = Scene()
    scene.locate(1)
    scene.locate(1, 2)
    assert scene.share(2) < 0.08
    scene.clock.now += SLOW / 2
    assert 0.24 < scene.share(2) < 0.31
    scene.clock.now += SLOW / 2
    assert 0.48 < scene.share(2) < 0.52


def test_who_comes_back_begins_slowly() -> None:
    scene = Scene()
    scene.locate(1, 2)
    scene.fail(2)
    scene.pass_time(30.0)
    assert scene.usable == [1, 2]
    assert scene.share(2) < 0.08


def test_who_was_down_begins_slowly() -> None:
    scene = Scene()
    scene.locate(1, down=(2,))
    scene.locate(1, 2)
    assert scene.share(2) < 0.08


def test_where_all_are_new_nobody_begins_slowly() -> None:
    scene = Scene()
    scene.locate(1, 2)
    assert 0.48 < scene.share(2) < 0.52
    scene.locate(3, 4)
    assert 0.48 < scene.share(4) < 0.52


def test_who_was_not_tried_yet_is_tried_before_anybody_again() -> None:
    scene = Scene()
    scene.locate(1, 2)
    one, two = scene.targets.usable
    assert scene.targets.pick_beside([one]) is two
    assert scene.targets.pick_beside([one, two]) in {one, two}


# Whatever happens...


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.sets(st.integers(1, 4)), st.sets(st.integers(1, 4)), st.floats(0, 40)),
            st.integers(0, 3),
        ),
        max_size=40,
    ),
    is_last_resort=st.booleans(),
    percent=st.sampled_from([0.0, 34.0, 50.0, 100.0]),
)
def test_somebody_serves_wherever_somebody_may(
    steps: list[tuple[set[int], set[int], float] | int], is_last_resort: bool, percent: float
) -> None:
    scene = Scene(policy=replace(POLICY, max_percent=percent), is_last_resort=is_last_resort)
    for step in steps:
        if isinstance(step, int):
            if scene.targets.usable:
                scene.targets.fail(scene.targets.usable[step % len(scene.targets.usable)])
        else:
            up, down, passes = step
            scene.locate(*up - down, down=tuple(down))
            scene.pass_time(passes)
        states, usable = scene.targets.states, scene.targets.usable
        is_up = [state for state in states if state.is_up]
        out = [state for state in is_up if state.until > scene.clock.now]
        assert len(out) <= percent * len(is_up) / 100
        assert [state for state in states if state.serves] == usable
        assert bool(usable) == bool(states if is_last_resort else len(is_up) > len(out))


# The address book...


def said(*numbers: int, endpoints: list[str] | None = None) -> Locate:
    targets = [Target(0, f"10.0.0.{number}", 80) for number in numbers]
    return Locate("support", Variant.AI, targets, endpoints or [])


def test_an_address_book_knows_what_was_said_by_index_of_the_table_in_force() -> None:
    book = AddressBook()
    at = [Target(0, "10.0.0.1", 80), Target(1, "127.0.0.1", 9001), Target(0, "10.0.0.2", 80)]
    book.learn(Locate("support", Variant.AI, at), [NAMED, OTHER])
    moved = book.targets("support", Variant.AI, [OTHER, NAMED])
    assert [(t.endpoint, t.address) for t in moved] == [
        (0, "127.0.0.1"),
        (1, "10.0.0.1"),
        (1, "10.0.0.2"),
    ]


def test_what_is_said_by_name_may_come_before_the_table_that_has_it() -> None:
    book = AddressBook()
    book.learn(said(1), [NAMED])
    book.learn(said(2, endpoints=["new.internal:80"]), [NAMED])
    assert [t.address for t in book.targets("support", Variant.AI, [NAMED])] == ["10.0.0.1"]
    new = Endpoint("new.internal", 80)
    assert [t.address for t in book.targets("support", Variant.AI, [new])] == ["10.0.0.2"]


def test_what_is_said_before_any_table_counts_by_the_first_one() -> None:
    book = AddressBook()
    book.learn(said(1), [])
    assert [t.address for t in book.targets("support", Variant.AI, [NAMED])] == ["10.0.0.1"]


def test_what_was_said_of_one_variant_says_nothing_of_another() -> None:
    book = AddressBook()
    book.learn(said(1), [NAMED])
    assert book.targets("support", Variant.LEGACY, [NAMED]) == []
    assert book.targets("else", Variant.AI, [NAMED]) == []


def test_an_address_that_is_said_to_be_nowhere_is_nowhere() -> None:
    book = AddressBook()
    book.learn(Locate("support", Variant.AI, [Target(0, "127.0.0.1", 9001, is_up=False)]), [OTHER])
    [target] = book.targets("support", Variant.AI, [OTHER])
    assert not target.is_up
