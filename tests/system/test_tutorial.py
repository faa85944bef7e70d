"""The tutorial, typed in by somebody who reads it: what is printed is what the page shows."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STEPS = re.compile(r"^## (?=\d)", re.MULTILINE)
VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"[\d.]+ ms"), "DURATION"),
    (re.compile(r"x-request-id: \w+"), "x-request-id: ID"),
    (re.compile(r"state in \S+"), "state in FOLDER"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"0\.0\.0\.0:\d+"), "ADDRESS"),
    (re.compile(r"router \S+: config [0-9a-f]{12}"), "router NAME: config HASH"),
    (re.compile(r"workers: \d+ ready"), "workers: MANY ready"),
)
SERVE = "gray-router serve -c tutorial.yaml"
PATIENCE = 120
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
        self.folder = folder
        self._ports = {page: free_port() for page in ("8080", "9900", "9001", "9002")}
        self._shell = subprocess.Popen(
            ["/bin/bash"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(PAGE.parents[1]),
                "GRAY_ROUTER_ADMIN": f"http://127.0.0.1:{self._ports['9900']}",
            },
            start_new_session=True,
        )
        entry = f'#!/bin/sh\nexec {sys.executable} -m router "$@"\n'
        for name, script in (("gray-router", entry), ("curl", CURL)):
            (folder / name).write_text(script)
            (folder / name).chmod(0o700)

    def save(self, config: str) -> None:
        own = "proxy: {listen: 127.0.0.1:8080}\nadmin: {listen: 127.0.0.1:9900}\n"
        (self.folder / "tutorial.yaml").write_text(self._moved(config + own))

    def run(self, commands: str) -> str:
        """Type in these commands and return what the terminal shows."""
        if commands.strip() == SERVE:
            # The second terminal, looked at until the router is ready.
            commands = (
                f"{SERVE} 2> served.log &\nuntil grep -q ready served.log; do sleep 0.1; done"
            )
        ports = (self._ports["9001"], self._ports["9002"])
        for variant, port in zip(("legacy", "ai"), ports, strict=True):
            commands = commands.replace(
                f"demo.backend {variant}", f"demo.backend {variant} --port {port}"
            )
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{self._moved(commands)}\necho; echo '=== done'\n")
        self._shell.stdin.flush()
        return "".join(iter(self._shell.stdout.readline, "=== done\n"))

    def leave(self) -> None:
        """Close both terminals."""
        self._shell.communicate("kill $(jobs -p)\nwait\n", PATIENCE)

    def _moved(self, text: str) -> str:
        for page, port in self._ports.items():
            text = text.replace(f"127.0.0.1:{page}", f"127.0.0.1:{port}")
        return text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def comparable(text: str) -> list[str]:
    for varying, word in VARYING:
        text = varying.sub(word, text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def assert_shows(said: str, shown: str) -> None:
    """The page may leave lines out, but invents none and keeps their order."""
    rest = iter(comparable(said))
    for line in comparable(shown):
        assert line in rest, f"{line!r} is on the page, but this was said:\n{said}"


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
