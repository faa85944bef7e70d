"""The tutorial, typed in by somebody who reads it: what is printed is what the page shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.redis_servers import free_port
from tests.support.serving import ROOT
from tests.support.terminal import FENCED, PATIENCE, Terminal, assert_shows

PAGE = ROOT / "docs" / "tutorial.md"
STEPS = re.compile(r"^## (?=\d)", re.MULTILINE)
SERVE = "gray-router serve -c tutorial.yaml"
CURL = r"""#!/bin/bash
# curl -si URL -H FIELD -d BODY: not every machine that runs the tests has one.
exec 3<>"/dev/tcp/127.0.0.1/$(grep -oE ':[0-9]+' <<< "$2" | tr -d :)"
printf 'POST /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\nContent-Length: %d\r\n\r\n%s' \
    "${2#*//*/}" "$4" "${#6}" "$6" >&3
cat <&3
"""


@dataclass
class Step:
    """A numbered section: its commands, each with what the page shows below it."""

    title: str
    shown: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    config: str = ""


def steps() -> Iterator[Step]:
    for section in STEPS.split(PAGE.read_text())[1:]:
        step = Step(section.partition("\n")[0])
        for kind, text in FENCED.findall(section):
            if kind == "sh":
                step.shown.append((text, ""))
            elif kind == "text" and step.shown:
                command, shown = step.shown[-1]
                step.shown[-1] = (command, shown + text)
            elif kind == "yaml":
                step.config = text
        yield step


class Reader:
    """One shell in an empty folder, on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self._ports = {page: free_port() for page in ("8080", "9900", "9001", "9002")}
        admin = f"http://127.0.0.1:{self._ports['9900']}"
        self._terminal = Terminal(folder, self._moved, {"GRAY_ROUTER_ADMIN": admin})
        self._terminal.provide("curl", CURL)

    def save(self, config: str) -> None:
        own = "proxy: {listen: 127.0.0.1:8080}\nadmin: {listen: 127.0.0.1:9900}\n"
        (self._terminal.folder / "tutorial.yaml").write_text(self._moved(config + own))

    def run(self, commands: str) -> str:
        """Type in these commands and return what the terminal shows."""
        if commands.strip() == SERVE:
            self._terminal.type_beside(SERVE, "served.log", "ready")
            return ""
        ports = (self._ports["9001"], self._ports["9002"])
        for variant, port in zip(("legacy", "ai"), ports, strict=True):
            commands = commands.replace(
                f"demo.backend {variant}", f"demo.backend {variant} --port {port}"
            )
        return self._terminal.type(commands)

    def leave(self) -> None:
        self._terminal.leave()

    def _moved(self, text: str) -> str:
        for page, port in self._ports.items():
            text = text.replace(f"127.0.0.1:{page}", f"127.0.0.1:{port}")
        return text


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    typing = Reader(tmp_path)
    yield typing
    typing.leave()


@pytest.mark.timeout(PATIENCE)
def test_what_the_tutorial_shows_is_what_its_reader_sees(reader: Reader) -> None:
    backends, config, *rest = list(steps())[2:-1]
    for command, shown in backends.shown:
        assert_shows(reader.run(command), shown)
    [(check, fine_and_misspelled)] = config.shown
    reader.save(config.config)
    fine, misspelled = fine_and_misspelled.split("tutorial.yaml:2", 1)
    assert_shows(reader.run(check), fine)
    reader.save(config.config.replace("legacy:", "legcy:"))
    assert_shows(reader.run(check), f"tutorial.yaml:2{misspelled}")
    reader.save(config.config)
    for step in rest:
        for command, shown in step.shown:
            assert_shows(reader.run(command), shown)
