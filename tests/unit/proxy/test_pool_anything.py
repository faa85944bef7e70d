"""Whatever happens to a pool, in any order: nobody is forgotten, nothing is counted twice."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from router.proxy.deadlines import NEVER
from router.proxy.ports import UpstreamSide
from router.proxy.upstream import UpstreamConnection
from router.routing.fallback import Failure
from router.routing.snapshot import Ejection
from router.wire.messages import Target
from tests.support.yard import ONE, TWO, Asker, Yard, turn

EASILY = Ejection(consecutive=2, base=30.0, max_percent=100.0)

T = TypeVar("T")


class AnyOrder(RuleBasedStateMachine):
    """Plays clients, backends and the clock around one pool."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.waiting: list[Asker] = []
        self.in_use: list[UpstreamSide] = []
        self.yard = Yard()

    @initialize(
        variant=st.sampled_from([ONE, TWO]),
        most=st.integers(1, 3),
        pending=st.integers(0, 2),
        attempts=st.integers(1, 3),
        is_legacy=st.booleans(),
    )
    def begin(
        self, variant: object, most: int, pending: int, attempts: int, is_legacy: bool
    ) -> None:
        base = replace(TWO if variant is TWO else ONE, ejection=EASILY)
        self.yard = Yard(
            replace(base, max_connections=most, max_pending=pending, retry_attempts=attempts),
            is_last_resort=is_legacy,
            has_fallback=not is_legacy,
        )

    # Clients...

    @rule(afresh=st.booleans())
    def somebody_asks(self, afresh: bool) -> None:
        connection = None if afresh else self.yard.pool.take()
        if connection is not None:
            assert isinstance(connection, UpstreamConnection)
            connection.deadline = NEVER  # as whoever holds it would say: it rests no more
            self.in_use.append(connection)
            return
        full, available = self.is_full(), self.yard.pool.is_available
        asker = self.do(lambda: self.yard.ask(afresh=afresh))
        if not available:
            assert asker.failures == [Failure.UNREACHABLE]
        elif asker.failures:
            assert asker.failures == [Failure.BUSY]
            assert full, "told that there is no room where there was"
        else:
            self.waiting.append(asker)
        self.look()

    def is_full(self) -> bool:
        limits = self.yard.pool.settings
        served_soon = len(self.yard.opening)
        free = limits.max_connections - served_soon - len(self.yard.open_connections)
        return len(self.waiting) - served_soon >= limits.max_pending + max(0, free)

    @precondition(lambda self: self.waiting)
    @rule(number=st.integers(0, 9))
    def somebody_leaves_the_queue(self, number: int) -> None:
        asker = self.waiting.pop(number % len(self.waiting))
        self.do(lambda: self.yard.pool.forget(asker))
        self.look()

    @precondition(lambda self: self.in_use)
    @rule(number=st.integers(0, 9))
    def somebody_is_done(self, number: int) -> None:
        connection = self.in_use.pop(number % len(self.in_use))
        assert isinstance(connection, UpstreamConnection)
        self.do(lambda: self.yard.pool.release(connection))
        self.look()

    # Backends...

    @precondition(lambda self: self.yard.opening)
    @rule(number=st.integers(0, 9), comes=st.booleans())
    def an_attempt_ends(self, number: int, comes: bool) -> None:
        _, wish = self.yard.opening.pop(number % len(self.yard.opening))
        if comes:
            wish.set_result(None)
        else:
            wish.set_exception(ConnectionRefusedError())
        self.look()

    @precondition(lambda self: self.yard.transports)
    @rule(number=st.integers(0, 9))
    def a_connection_is_lost(self, number: int) -> None:
        connection = list(self.yard.transports)[number % len(self.yard.transports)]
        if connection in self.in_use:
            self.in_use.remove(connection)
        self.do(lambda: self.yard.lose(connection))
        self.look()

    @precondition(lambda self: self.in_use)
    @rule(number=st.integers(0, 9))
    def a_connection_is_closed_by_us(self, number: int) -> None:
        connection = self.in_use.pop(number % len(self.in_use))
        assert isinstance(connection, UpstreamConnection)
        connection.close()
        self.look()

    @precondition(lambda self: self.in_use)
    @rule(number=st.integers(0, 9), well=st.booleans())
    def an_endpoint_answers(self, number: int, well: bool) -> None:
        connection = self.in_use[number % len(self.in_use)]
        assert isinstance(connection, UpstreamConnection)
        judge = self.yard.pool.served if well else self.yard.pool.failed
        self.do(lambda: judge(connection))
        self.look()

    # The clock and the worker...

    @rule(up=st.sets(st.integers(1, 3)), down=st.sets(st.integers(1, 3)))
    def endpoints_are_located(self, up: set[int], down: set[int]) -> None:
        targets = [Target(0, "127.0.0.1", port, port in up) for port in up | down]
        self.do(lambda: self.yard.pool.locate(targets))
        self.look()

    @rule(seconds=st.sampled_from([0.0, 1.0, 2.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.do(lambda: self.yard.pass_time(seconds))
        self.look()

    @rule()
    def the_table_changes(self) -> None:
        self.do(self.yard.pool.close)
        self.look()

    # What always holds...

    def do(self, action: Callable[[], T]) -> T:
        """Carry out what needs a running loop, then let everybody go as far as they can."""

        async def act() -> T:
            done = action()
            await turn()
            return done

        return self.runner.run(act())

    def look(self) -> None:
        """Let everybody go as far as they can, then see who was served."""
        self.do(lambda: None)
        self.do(self.yard.lose_closed)
        for asker in self.waiting:
            assert len(asker.failures) + asker.is_served <= 1
            if asker.connection is not None:
                self.in_use.append(asker.connection)
        self.waiting = [a for a in self.waiting if not a.is_served and not a.failures]

    @invariant()
    def every_connection_is_in_use_once_or_kept_once(self) -> None:
        loads = [state.load for state in self.yard.all_states]
        assert sum(loads) == len(self.in_use) == len(set(map(id, self.in_use)))
        kept = [connection for state in self.yard.all_states for connection in state.idle]
        assert len(kept) + len(self.in_use) == len(self.yard.open_connections)

    @invariant()
    def nothing_is_kept_to_who_is_not_asked(self) -> None:
        assert all(state.serves for state in self.yard.all_states if state.idle)
        serving = [state for state in self.yard.pool.endpoints if state.serves]
        assert self.yard.pool.is_available == bool(serving)

    @invariant()
    def the_limit_of_connections_holds(self) -> None:
        opened = len(self.yard.open_connections) + len(self.yard.opening)
        assert opened <= self.yard.pool.settings.max_connections

    @invariant()
    def whoever_waits_waits_for_something(self) -> None:
        assert self.yard.pool.is_awaited == bool(self.waiting)
        if self.waiting:
            full = len(self.in_use) + len(self.yard.opening)
            assert self.yard.opening or full >= self.yard.pool.settings.max_connections

    @invariant()
    def no_task_has_died(self) -> None:
        assert self.yard.deaths == []

    def teardown(self) -> None:
        for asker in self.waiting:
            self.yard.pool.forget(asker)
        for connection in list(self.yard.transports):
            self.yard.lose(connection)
        self.runner.run(self.yard.tasks.close())
        self.runner.close()
        assert {state.load + state.opening for state in self.yard.all_states} <= {0}


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=25)
