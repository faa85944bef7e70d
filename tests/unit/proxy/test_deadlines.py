import asyncio

from router.proxy.deadlines import NEVER, TOLD_A_TURN, Deadlines


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Waiter:
    """Somebody who waits, and notes when the wait is over."""

    def __init__(self, deadline: float = NEVER) -> None:
        self.deadline = deadline
        self.woken = asyncio.Event()
        self.times = 0

    def on_deadline(self) -> None:
        self.times += 1
        self.woken.set()


def deadlines(clock: Clock) -> Deadlines:
    return Deadlines(asyncio.get_running_loop(), clock)


async def test_whoever_is_late_is_told_once() -> None:
    wheel = deadlines(Clock())
    late, early = Waiter(100.0), Waiter(100.1)
    wheel.join(late)
    wheel.join(early)
    wheel.sweep(100.0)
    wheel.sweep(100.0)
    assert (late.times, late.deadline) == (1, NEVER)
    assert (early.times, early.deadline) == (0, 100.1)


async def test_the_wheel_looks_no_earlier_than_anybody_waits() -> None:
    clock = Clock()
    wheel = deadlines(clock)
    waiter = Waiter()
    wheel.join(waiter)
    assert wheel.earliest == NEVER
    waiter.deadline = wheel.after(5.0)
    assert wheel.earliest == waiter.deadline == 105.0
    wheel.after(50.0)
    assert wheel.earliest == 105.0
    wheel.sweep(105.0)
    assert wheel.earliest == NEVER


async def test_whoever_has_left_is_told_nothing() -> None:
    wheel = deadlines(Clock())
    waiter = Waiter(100.0)
    wheel.join(waiter)
    wheel.leave(waiter)
    wheel.sweep(200.0)
    assert waiter.times == 0


async def test_a_deadline_that_is_set_while_another_one_passes_is_not_forgotten() -> None:
    clock = Clock()
    wheel = deadlines(clock)

    class Again(Waiter):
        def on_deadline(self) -> None:
            super().on_deadline()
            self.deadline = wheel.after(1.0)

    waiter = Again(100.0)
    wheel.join(waiter)
    wheel.sweep(100.0)
    assert wheel.earliest == waiter.deadline == 101.0


async def test_a_wheel_that_turns_finds_who_is_late_by_itself() -> None:
    clock = Clock()
    wheel = deadlines(clock)
    waiter = Waiter()
    wheel.join(waiter)
    waiter.deadline = wheel.after(1.0)
    wheel.start()
    clock.now += 1.0
    await waiter.woken.wait()
    wheel.stop()
    assert waiter.times == 1


async def test_whoever_is_given_more_time_in_the_same_sweep_is_not_told() -> None:
    wheel = deadlines(Clock())
    late: list[Waiter] = []

    class Generous(Waiter):
        def on_deadline(self) -> None:
            super().on_deadline()
            for other in late:
                if not other.times:
                    other.deadline = 200.0

    late = [Generous(100.0), Generous(100.0)]
    for waiter in late:
        wheel.join(waiter)
    wheel.sweep(100.0)
    assert sum(waiter.times for waiter in late) == 1
    assert wheel.earliest == 200.0


def crowd(wheel: Deadlines, number: int) -> list[Waiter]:
    waiters = [Waiter(100.0) for _ in range(number)]
    for waiter in waiters:
        wheel.join(waiter)
    return waiters


async def test_a_crowd_that_is_late_lets_others_have_their_turn() -> None:
    wheel = deadlines(Clock())
    waiters = crowd(wheel, 3 * TOLD_A_TURN)
    told = list[int]()
    wheel.sweep(100.0)
    for _ in range(3):
        told.append(sum(waiter.times for waiter in waiters))
        await asyncio.sleep(0)
    assert told == [TOLD_A_TURN, 2 * TOLD_A_TURN, 3 * TOLD_A_TURN]
    assert {waiter.times for waiter in waiters} == {1}
    assert wheel.earliest == NEVER


async def test_who_is_served_or_leaves_before_it_is_told_was_in_time() -> None:
    wheel = deadlines(Clock())
    waiters = crowd(wheel, TOLD_A_TURN + 2)
    wheel.sweep(100.0)
    served, gone = (waiter for waiter in waiters if not waiter.times)
    served.deadline = 107.0
    wheel.leave(gone)
    await asyncio.sleep(0)
    assert (served.times, gone.times) == (0, 0)
    assert wheel.earliest == 107.0
