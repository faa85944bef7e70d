"""The page that is read at night: what is printed is what it shows."""

import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.serving import ROOT, RunningRouter, service

PAGE = ROOT / "docs" / "howto" / "roll-back.md"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"[\d.]+ ms"), "DURATION"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"support: \S+ worker-"), "support: NAME worker-"),
    (re.compile(r"^(\d+ +TIME +)\w+ +store", re.MULTILINE), r"\1USER store"),
    (re.compile(r"No AI request began after the call|No request to AI was ever begun"), "LAST"),
    (re.compile(" +"), " "),
)
STORE = "/var/lib/gray-router/gray-router.db"
PATIENCE = 20


@pytest.fixture
def router() -> Iterator[RunningRouter]:
    config = {"proxy": {"workers": 2}, "services": [service(legacy=9, ai=9)]}
    with RunningRouter(config) as running:
        yield running


def typed(router: RunningRouter, command: str) -> str:
    own = f"{router.config.parent}/data/gray-router.db"
    words = shlex.split(command.replace(STORE, own))[1:]
    return subprocess.run(
        [sys.executable, "-m", "router", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, "GRAY_ROUTER_ADMIN": router.admin_url},
    ).stdout


def lasting(text: str) -> list[str]:
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return sorted(text.splitlines())  # workers acknowledge in any order


def test_what_is_printed_at_night_is_what_the_page_shows(router: RunningRouter) -> None:
    typed(router, 'gray-router set support 20 --reason "first users"')
    blocks = itertools.pairwise(FENCED.findall(PAGE.read_text()))
    shown = [(one[1], two[1]) for one, two in blocks if (one[0], two[0]) == ("sh", "text")]
    assert len(shown) == 6
    for command, text in shown:
        assert lasting(typed(router, command)) == lasting(text), command
        if "--store" in command:
            router.wait_for("release_followed")
