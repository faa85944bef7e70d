from typing import get_args

import pytest

from router.release.commands import (
    STORE_LOST_STATE,
    ComeBack,
    Command,
    Informed,
    LoseState,
    Restore,
    Rollback,
    Set,
    SetShadow,
    Start,
)
from tests.support.gradual import NOON, share

COMMANDS: tuple[type[Command], ...] = get_args(Command)


def test_commands_are_named_as_on_the_command_line() -> None:
    assert [command.name for command in COMMANDS if command.is_for_people] == [
        "set",
        "start",
        "promote",
        "pause",
        "resume",
        "complete",
        "reset",
        "approve",
        "drill",
        "shadow",
        "rollback",
    ]


def test_no_two_commands_have_one_name() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_what_the_router_says_by_itself_is_not_for_people() -> None:
    machine = [command for command in COMMANDS if not command.is_for_people]
    assert machine == [Restore, LoseState, ComeBack]


def test_a_rollback_depends_on_nothing_that_its_caller_has_seen() -> None:
    assert not issubclass(Rollback, Informed)
    assert Rollback(by="ann", at=NOON).reason == ""


@pytest.mark.parametrize(("percent", "title"), [(20, "set 20"), (0.5, "set 0.5"), (0, "set 0")])
def test_a_command_is_written_as_one_would_say_it(percent: float, title: str) -> None:
    assert Set(by="ann", at=NOON, epoch=0, share=share(percent)).title == title
    assert Start(by="ann", at=NOON, epoch=0).title == "start"


@pytest.mark.parametrize(
    ("copied", "title"),
    [(None, "shadow on"), (0, "shadow off"), (0.5, "shadow 0.5"), (100, "shadow 100")],
)
def test_copies_are_switched_on_and_off(copied: float | None, title: str) -> None:
    points = None if copied is None else share(copied)
    assert SetShadow(by="ann", at=NOON, epoch=0, copied=points).title == title


def test_who_stands_still_for_a_loss_says_so_as_its_reason() -> None:
    assert LoseState(by="store", at=NOON).reason == STORE_LOST_STATE == "store_lost_state"
