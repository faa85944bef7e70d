from hypothesis import given, strategies as st

from router.routing.breaker import KEEP_OFF, CircuitBreaker
from router.routing.snapshot import Breaker

POLICY = Breaker(error_rate=0.5, slow=5.0, window=10.0, min_requests=4, open_for=30.0)


def ask(breaker: CircuitBreaker, now: float, *, failed: bool, seconds: float = 0.1) -> bool:
    ticket = breaker.admit(now)
    if ticket:
        breaker.report(ticket, now, seconds, failed=failed)
    return ticket != KEEP_OFF


def opened(now: float = 100.0) -> CircuitBreaker:
    breaker = CircuitBreaker(POLICY)
    for _ in range(4):
        ask(breaker, now, failed=True)
    assert breaker.is_open
    return breaker


def test_it_opens_at_the_rate_and_not_before_enough_have_asked() -> None:
    breaker = CircuitBreaker(POLICY)
    for failed in (True, True, True):
        ask(breaker, 100, failed=failed)
    assert not breaker.is_open
    ask(breaker, 100, failed=True)
    assert breaker.is_open


def test_it_stays_closed_below_the_rate() -> None:
    breaker = CircuitBreaker(POLICY)
    for number in range(99):
        ask(breaker, 100 + number / 10, failed=number % 3 == 2)
    assert not breaker.is_open


def test_an_answer_that_takes_too_long_is_a_failure() -> None:
    breaker = CircuitBreaker(POLICY)
    for _ in range(4):
        ask(breaker, 100, failed=False, seconds=5.1)
    assert breaker.is_open


def test_failures_leave_the_window() -> None:
    breaker = CircuitBreaker(POLICY)
    for _ in range(3):
        ask(breaker, 100, failed=True)
    for _ in range(3):
        ask(breaker, 112, failed=True)
    assert not breaker.is_open


def test_nobody_asks_while_it_is_open_and_one_tries_afterwards() -> None:
    breaker = opened(100)
    assert breaker.admit(129.9) == KEEP_OFF
    assert breaker.admit(130) != KEEP_OFF
    assert breaker.admit(130) == KEEP_OFF


def test_one_success_closes_it_with_nothing_held_against_anybody() -> None:
    breaker = opened(100)
    assert ask(breaker, 130, failed=False)
    assert not breaker.is_open
    ask(breaker, 130, failed=True)
    assert not breaker.is_open


def test_one_failure_opens_it_anew() -> None:
    breaker = opened(100)
    assert ask(breaker, 130, failed=True)
    assert breaker.admit(159.9) == KEEP_OFF
    assert breaker.admit(160) != KEEP_OFF


def test_who_tries_and_learns_nothing_makes_way_for_the_next() -> None:
    breaker = opened(100)
    breaker.withdraw(breaker.admit(130))
    assert breaker.admit(130) != KEEP_OFF


def test_what_was_begun_before_it_opened_decides_nothing_afterwards() -> None:
    breaker = CircuitBreaker(POLICY)
    early = breaker.admit(100)
    for _ in range(4):
        ask(breaker, 100, failed=True)
    trial = breaker.admit(130)
    breaker.report(early, 131, 31.0, failed=False)
    assert breaker.is_open
    breaker.report(trial, 131, 1.0, failed=False)
    assert not breaker.is_open


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 20), st.booleans()), max_size=200))
def test_whatever_happens_it_never_lets_two_try_at_once(
    story: list[tuple[bool, float, bool]],
) -> None:
    breaker, now, trials = CircuitBreaker(POLICY), 100.0, list[int]()
    for failed, passed, answers in story:
        now += passed
        was_open = breaker.is_open
        keeps_off = breaker.keeps_off(now)
        ticket = breaker.admit(now)
        assert keeps_off == (ticket == KEEP_OFF)
        if was_open and ticket:
            assert not trials
            trials.append(ticket)
        if answers and ticket:
            breaker.report(ticket, now, 0.1, failed=failed)
            trials.clear()
