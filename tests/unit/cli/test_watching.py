import pytest

from router.cli.watching import watch
from router.errors import AdminError, AdminUnreachableError


@pytest.fixture(autouse=True)
def two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is pressed after the second look."""
    pauses = iter([None])

    def sleep(seconds: float) -> None:
        assert seconds == 1
        if next(pauses, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr("router.cli.watching.time.sleep", sleep)


def test_it_looks_each_second_until_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    looks = iter(["one", "two", "three"])
    assert watch(lambda: next(looks), is_terminal=False) == 0
    assert capsys.readouterr().out == "one\ntwo\n"


def test_on_a_terminal_each_look_takes_the_place_of_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    looks = iter(["one", "two"])
    assert watch(lambda: next(looks), is_terminal=True) == 0
    assert capsys.readouterr().out.split("\x1b[H\x1b[2J\x1b[3J") == ["", "one\n", "two\n"]


def test_a_router_that_is_away_for_a_moment_ends_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    errors: list[AdminError | None] = [None, AdminUnreachableError("nobody there")]

    def look() -> str:
        error = errors.pop()
        if error is not None:
            raise error
        return "back"

    assert watch(look, is_terminal=False) == 0
    assert capsys.readouterr().out == "nobody there\nback\n"
