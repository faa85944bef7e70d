from loadtests.faults.book import Ask
from loadtests.faults.killing import Kill, unexcused

DEATH = Kill("worker-1", 7, frozenset({50_000}), frozenset({50_001}), sent=10.0, dead=10.1)
STOP = Kill("worker-1", 7, frozenset({50_000}), frozenset({50_001}), sent=10.0, dead=0.0)


def lost(began: float, ended: float, port: int = 50_000, connected: float = 8.0) -> Ask:
    return Ask(1, "answers", began, ended, failure="reset", port=port, connected=connected)


def test_a_death_excuses_what_was_in_flight_on_the_dead() -> None:
    assert unexcused([lost(9.0, 10.05)], [DEATH]) == []


def test_a_death_excuses_nobody_whom_another_worker_served() -> None:
    elsewhere = lost(9.0, 10.05, port=50_001)
    assert unexcused([elsewhere], [DEATH]) == [elsewhere]


def test_a_death_excuses_a_connection_that_the_dead_may_have_accepted_since_the_look() -> None:
    waited, new = lost(9.9, 10.05, 50_002, 9.8), lost(10.11, 10.12, 50_003, 10.02)
    assert unexcused([waited, new], [DEATH]) == []


def test_a_death_excuses_who_asks_before_the_end_of_the_connection_is_read() -> None:
    assert unexcused([lost(10.11, 10.12)], [DEATH]) == []


def test_a_death_excuses_nothing_that_failed_before_it_or_connected_after_it() -> None:
    early, late = lost(9.0, 9.9), lost(10.2, 10.3, 50_002, 10.2)
    assert unexcused([early, late], [DEATH]) == [early, late]


def test_a_death_excuses_nobody_who_fails_long_after_it_and_nobody_who_was_refused() -> None:
    later, refused = lost(9.9, 12.0, 50_002, 9.8), lost(10.05, 10.06, port=0, connected=0.0)
    assert unexcused([later, refused], [DEATH]) == [later, refused]


def test_who_is_stopped_accepts_nobody_and_what_waited_has_no_excuse() -> None:
    held, waited = lost(9.0, 14.0), lost(9.9, 10.05, 50_002, 9.8)
    assert unexcused([held, waited], [STOP]) == [waited]


def test_an_answer_needs_no_excuse() -> None:
    assert unexcused([Ask(1, "answers", 1.0, 2.0, 200, "1 answers-ai")], []) == []
