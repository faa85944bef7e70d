import sys
from pathlib import Path

import pytest

from router.cli.address import Address
from router.cli.rollback_call import Outcome, Wish
from router.cli.rollback_screen import Screen
from router.errors import OutputError
from tests.support.admin_double import REPORT

A = Address("10.0.0.1", 9900)
ACK = {"service": "support", "replica": "r1", "worker": "worker-1", "applied_ms": 2.0}
DONE = [Outcome(A, (REPORT,))]


def test_one_service_at_one_router_ends_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(is_quiet=False, names_routers=False)
    screen.heard(A, ACK)
    last = screen.tell(DONE, Wish("support"), 0.0)
    screen.end(last)
    told = capsys.readouterr().out.splitlines()
    assert told == ["  support: r1 worker-1 after 2.0 ms", last]
    assert last.startswith("support: everyone is on legacy")


def test_several_routers_are_named_in_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(is_quiet=False, names_routers=True)
    screen.heard(A, ACK)
    screen.tell([*DONE, *DONE], Wish("support"), 0.0)
    ack, first, second, last = capsys.readouterr().out.splitlines()
    assert ack.startswith(f"  {A} support: ")
    assert first.startswith(f"support at {A}: ")
    assert second == first
    assert last.startswith("EVERYONE IS ON LEGACY")


def test_a_connection_that_breaks_again_and_again_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(is_quiet=True, names_routers=False)
    for _ in range(3):
        screen.lost(A, OSError("reset"))
    assert capsys.readouterr().err == f"{A}: lost (reset); asking again\n"


def test_whoever_waits_is_told_for_what(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(is_quiet=True, names_routers=False).waiting()
    assert capsys.readouterr().err.startswith("still waiting, up to 12 s: ")


@pytest.mark.parametrize("is_refused", [True, False])
def test_help_is_for_who_was_not_reached_and_not_for_who_was_refused(
    is_refused: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(is_quiet=False, names_routers=False)
    failed = Outcome(A, problem="because", is_refused=is_refused)
    last = screen.tell([failed], Wish(None), 0.0)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("because\n")
    assert told.err.endswith(f"{last}\n")
    assert ("gray-router rollback --all --store" in told.err) is not is_refused


def test_in_json_only_what_went_wrong_is_told_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(is_quiet=True, names_routers=False)
    screen.heard(A, ACK)
    screen.tell([Outcome(A, ({**REPORT, "problems": ["disk full"]},))], Wish("support"), 0.0)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "  disk full\n")


def test_what_cannot_be_printed_is_raised_only_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen(is_quiet=False, names_routers=False)
    with Path("/dev/null").open() as unwritable, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", unwritable)
        screen.heard(A, ACK)
        last = screen.tell(DONE, Wish("support"), 0.0)
        with pytest.raises(OutputError, match=r"but this is so: support: everyone is on legacy"):
            screen.end(last)


def test_whoever_has_seen_enough_gets_no_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    screen = Screen(is_quiet=False, names_routers=False)
    monkeypatch.setattr("router.cli.rollback_screen.show", closed)
    screen.heard(A, ACK)
    with pytest.raises(BrokenPipeError):
        screen.end("")
