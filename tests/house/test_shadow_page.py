"""What docs/howto/shadow.md shows works: its configs are right, its commands are understood."""

import re
import shlex

import pytest

from router.cli.main import command_line
from router.settings.load import examine_text
from tests.house.house import ROOT

PAGE = (ROOT / "docs" / "howto" / "shadow.md").read_text(encoding="utf-8")
CONFIGS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^(gray-router [^#\n]*)", PAGE, re.MULTILINE)


def test_there_is_something_to_try() -> None:
    assert len(CONFIGS) == 3
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("config", CONFIGS)
def test_its_configs_have_no_mistake_and_say_nothing_surprising_of_copies(config: str) -> None:
    found = examine_text(config.encode(), {}, "page.yaml")
    assert found.problems == ()
    assert [it.path for it in found.warnings if "shadow" in it.path or "compare" in it.path] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_are_understood(command: str) -> None:
    command_line().parse_args(shlex.split(command)[1:])
