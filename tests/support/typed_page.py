"""A page of docs/howto, typed in against a router that runs: what is printed is what it shows."""

import itertools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.serving import ROOT, SHOWN, RunningRouter

FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"[\d.]+ ms"), "DURATION"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"Refused by \S+:"), "Refused:"),
    (re.compile(r"by \d\d:\d\d:\d\d \(in [\d.]+ s\)"), "by SOON"),
    (re.compile(r"support: \S+ worker-"), "support: NAME worker-"),
    (re.compile(r"^(\d+ +TIME +)\w+ +store", re.MULTILINE), r"\1USER store"),
    (
        re.compile(r"[Nn]o AI request began after the call|[Nn]o request to AI was ever begun"),
        "LAST",
    ),
    (re.compile(" +"), " "),
)
PATIENCE = 20


def section(page: Path, heading: str) -> str:
    """Return what stands below a heading, until the next one."""
    return page.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]


def shown(page: Path) -> list[tuple[str, str]]:
    """Return the page's commands, each with what it shows below them; "" for nothing."""
    return shown_in(page.read_text())


def shown_in(text: str) -> list[tuple[str, str]]:
    """Return those of a part of a page."""
    blocks = [*FENCED.findall(text), ("", "")]
    return [
        (one[1], two[1] if two[0] == "text" else "")
        for one, two in itertools.pairwise(blocks)
        if one[0] == "sh"
    ]


def typed(router: RunningRouter, commands: str) -> str:
    """Type these lines in, and return what the terminal shows."""
    return "".join(_typed(router, line) for line in commands.splitlines())


def lasting(text: str) -> list[str]:
    """Return the lines without what differs each time; workers acknowledge in any order."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return sorted(text.splitlines())


def _typed(router: RunningRouter, line: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "router", *shlex.split(line)[1:]],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={
            **os.environ,
            "GRAY_ROUTER_ADMIN": router.admin_url,
            "GRAY_ROUTER_TOKEN": SHOWN,
        },
    ).stdout
