from loadtests.faults.book import Ask
from loadtests.faults.killing import Kill, unexcused

DEATH = Kill("worker-1", 7, frozenset({50_000}), looked=9.8, sent=10.0, dead=10.1)


def lost(began: float, ended: float, port: int = 50_000) -> Ask:
    return Ask(1, "answers", began, ended, failure="reset", port=port)


def test_a_death_excuses_what_was_in_flight_on_the_dead() -> None:
    assert unexcused([lost(9.0, 10.05)], [DEATH]) == []


def test_a_death_excuses_nobody_whom_another_worker_served() -> None:
    elsewhere = lost(9.0, 10.05, port=50_001)
    assert unexcused([elsewhere], [DEATH]) == [elsewhere]


def test_a_death_excuses_a_connection_that_may_have_been_accepted_since_the_look() -> None:
    assert unexcused([lost(9.9, 10.05, port=50_002)], [DEATH]) == []


def test_a_death_excuses_who_asks_before_the_end_of_the_connection_is_read() -> None:
    assert unexcused([lost(10.11, 10.12)], [DEATH]) == []


def test_a_death_excuses_nothing_that_failed_before_it_or_connected_after_it() -> None:
    early, late = lost(9.0, 9.9), lost(10.2, 10.3, port=50_002)
    assert unexcused([early, late], [DEATH]) == [early, late]


def test_an_answer_needs_no_excuse() -> None:
    assert unexcused([Ask(1, "answers", 1.0, 2.0, 200, "1 answers-ai")], []) == []
