from itertools import count

import pytest

from router.control.api.sessions import IDLE, LONGEST, MOST_SESSIONS, Sessions


class Begun:
    """Sessions whose secrets are numbers, and a stopwatch that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        numbers = count()
        self.sessions = Sessions(lambda: self.now, lambda: f"secret-{next(numbers)}")


@pytest.fixture
def begun() -> Begun:
    return Begun()


def test_a_session_is_found_by_its_cookie_alone(begun: Begun) -> None:
    cookie, session = begun.sessions.begin("first.last", "digest")
    assert begun.sessions.find(cookie) is session
    assert session.name == "first.last"
    assert begun.sessions.find(session.csrf) is None
    assert begun.sessions.find("") is None
    assert begun.sessions.find("\udcff") is None


def test_a_session_has_two_secrets(begun: Begun) -> None:
    cookie, session = begun.sessions.begin("first.last", "digest")
    assert session.csrf != cookie
    assert session.is_csrf(session.csrf)
    assert not session.is_csrf(cookie)
    assert not session.is_csrf("")
    assert session.csrf not in repr(session)
    assert "digest" not in repr(session)


def test_whoever_does_nothing_is_signed_out(begun: Begun) -> None:
    cookie, _ = begun.sessions.begin("first.last", "digest")
    begun.now = IDLE - 1
    assert begun.sessions.find(cookie)
    begun.now += IDLE - 1
    assert begun.sessions.find(cookie)
    begun.now += IDLE
    assert begun.sessions.find(cookie) is None


def test_nobody_stays_for_ever(begun: Begun) -> None:
    cookie, _ = begun.sessions.begin("first.last", "digest")
    while begun.now < LONGEST:
        assert begun.sessions.find(cookie)
        begun.now += IDLE / 2
    assert begun.sessions.find(cookie) is None


def test_whoever_signs_out_is_gone_and_others_stay(begun: Begun) -> None:
    cookie, _ = begun.sessions.begin("first.last", "digest")
    other, _ = begun.sessions.begin("first.last", "digest")
    begun.sessions.end(cookie)
    begun.sessions.end(cookie)
    assert begun.sessions.find(cookie) is None
    assert begun.sessions.find(other)


def test_beyond_the_limit_the_session_ends_that_was_idle_for_longest(begun: Begun) -> None:
    first, _ = begun.sessions.begin("a", "digest")
    second, _ = begun.sessions.begin("b", "digest")
    begun.sessions.find(first)
    for _ in range(MOST_SESSIONS - 1):
        begun.sessions.begin("c", "digest")
    assert begun.sessions.find(first)
    assert begun.sessions.find(second) is None
