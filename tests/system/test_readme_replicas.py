"""The README's way to several routers on one Redis, typed in: it ends in one rollback for both."""

import contextlib
import random
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.redis_servers import free_port
from tests.support.serving import ROOT
from tests.support.terminal import FENCED, PATIENCE, Terminal, assert_shows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE)]

README = (ROOT / "README.md").read_text()
SECTION = "## Several routers, one release"
REDIS = "6379"
PAIRS = ("808", "990", "992")
"""Each with a 1 or 2 behind it is a port."""


def section() -> list[tuple[str, str]]:
    """Return the section's blocks, each with its language."""
    text = README.partition(SECTION)[2].partition("\n## ")[0]
    return FENCED.findall(text)


def first_config() -> str:
    """Return the config that the section builds upon."""
    before = FENCED.findall(README.partition(SECTION)[0])
    return next(str(text) for language, text in before if language == "yaml")


def free_pair() -> str:
    """Return what two free ports begin with, that end in 1 and 2; none that clients are given."""
    begins = (str(number) for number in random.sample(range(1100, 3200), 1000))
    return next(begin for begin in begins if all(is_free(int(f"{begin}{n}")) for n in (1, 2)))


def is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


class Moved:
    """Puts the page's ports to free ones."""

    def __init__(self) -> None:
        self._ports = {f"127.0.0.1:{pair}": f"127.0.0.1:{free_pair()}" for pair in PAIRS}
        self._redis = str(free_port())

    def __call__(self, text: str) -> str:
        for page, here in self._ports.items():
            text = text.replace(page, here)
        return re.sub(rf"\b{REDIS}\b", self._redis, text)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, Moved(), {})
    yield terminal
    terminal.leave()


def test_what_the_readme_says_of_several_routers_is_what_its_reader_gets(
    terminal: Terminal,
) -> None:
    [added, starts, commands, shown] = [text for _, text in section()]
    config = terminal.folder / "replicas.yaml"
    config.write_text(terminal.moved(first_config() + added))
    redis, *routers = starts.splitlines()
    terminal.type_beside(redis, "redis.log", "Ready to accept")
    for number, router in enumerate(routers):
        terminal.type_beside(router, f"router-{number}.log", '"ready"')
    said = terminal.type(commands)
    assert_shows(said, shown)
