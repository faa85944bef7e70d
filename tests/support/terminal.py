"""A terminal in which a reader types what a page shows, and what of the answer lasts."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.serving import ROOT

FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"[\d.]+ ms"), "DURATION"),
    (re.compile(r"x-request-id: \w+"), "x-request-id: ID"),
    (re.compile(r"state in \S+"), "state in FOLDER"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"0\.0\.0\.0:\d+"), "ADDRESS"),
    (re.compile(r"router \S+: config [0-9a-f]{12}"), "router NAME: config HASH"),
    (re.compile(r"workers: \d+ ready"), "workers: MANY ready"),
    (re.compile(r"\b(\d+) of \1\b"), "ALL"),
)
PATIENCE = 120


class Terminal:
    """One shell in a folder. moved: puts what the page names to where it is here."""

    def __init__(
        self, folder: Path, moved: Callable[[str], str], environment: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self.moved = moved
        self.provide("gray-router", f'#!/bin/sh\nexec {sys.executable} -m router "$@"\n')
        path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._shell = subprocess.Popen(
            ["/bin/bash"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **environment},
            start_new_session=True,
        )

    def provide(self, name: str, script: str) -> None:
        """Put a program where the shell finds it first."""
        (self.folder / name).write_text(script)
        (self.folder / name).chmod(0o700)

    def type(self, commands: str) -> str:
        """Type in these commands and return what the terminal shows."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{self.moved(commands)}\necho; echo '=== done'\n")
        self._shell.stdin.flush()
        return "".join(iter(self._shell.stdout.readline, "=== done\n"))

    def type_beside(self, command: str, log: str, ready: str) -> None:
        """Type it into a terminal of its own, and look at that until it says so."""
        waiting = f"until grep -q '{ready}' {log} || ! kill -0 $!; do sleep 0.1; done"
        self.type(f"{command.strip()} > {log} 2>&1 &\n{waiting}")
        said = (self.folder / log).read_text()
        assert ready in said, said

    def leave(self) -> None:
        """Close all terminals."""
        self._shell.communicate("kill $(jobs -p)\nwait\n", PATIENCE)


def comparable(text: str) -> list[str]:
    """Return the lines without what differs each time."""
    for varying, word in VARYING:
        text = varying.sub(word, text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def assert_shows(said: str, shown: str) -> None:
    """The page may leave lines out, but invents none and keeps their order."""
    rest = iter(comparable(said))
    for line in comparable(shown):
        assert line in rest, f"{line!r} is on the page, but this was said:\n{said}"
