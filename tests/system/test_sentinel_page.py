"""The page on Sentinel, with the servers that it describes, typed in and taken at its word."""

import contextlib
import http
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.redis_servers import Redis, free_port
from tests.support.serving import ROOT, Event, RunningRouter, service
from tests.support.typed_page import FENCED, lasting, shown, typed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PAGE = ROOT / "docs" / "howto" / "sentinel.md"
MACHINES = ("redis-1", "redis-2", "redis-3")
SERVER, SENTINEL = "6379", "26379"
SHARE = 30
PATIENCE = 30.0
"""Seconds for a fail-over, on a busy machine."""
PLACE = re.compile(r"(redis-\d)\.internal( -p | |:)?(\d+)?")


@dataclass
class Estate:
    """What the page has on three machines, on free ports of this one."""

    servers: dict[str, Redis]
    sentinels: dict[str, Redis]

    def moved(self, text: str, *, default: str = SERVER) -> str:
        """Put addresses of this machine in the place of the page's."""

        def place(found: re.Match[str]) -> str:
            machine, between, port = found.groups()
            part = self.servers if (port or default) == SERVER else self.sentinels
            return f"127.0.0.1{between or ':'}{part[machine].port}"

        return PLACE.sub(place, text)

    def named(self, said: str) -> str:
        """Put the page's name in the place of who was the master at first, and of who is next."""
        for machine, server in self.servers.items():
            name = "redis-1" if machine == "redis-1" else "redis-2"
            said = said.replace(f"127.0.0.1\n{server.port}\n", f"{name}.internal\n{SERVER}\n")
        return said

    def type(self, line: str) -> str:
        """Type in a line for redis-cli, and return what is printed."""
        words = shlex.split(self.moved(line))
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=10).stdout

    def is_watched(self) -> bool:
        """Whether each sentinel knows everybody."""
        for sentinel in self.sentinels.values():
            words = sentinel.tell("SENTINEL", "MASTER", "gray").split(b"\r\n")[2::2]
            told = dict(zip(words[::2], words[1::2], strict=False))
            if (told.get(b"num-slaves"), told.get(b"num-other-sentinels")) != (b"2", b"2"):
                return False
        return True


def blocks(language: str) -> list[str]:
    return [text for found, text in FENCED.findall(PAGE.read_text()) if found == language]


def until(what: str, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"not within {PATIENCE:g} s: {what}"
        time.sleep(0.1)


def options(text: str) -> tuple[str, ...]:
    """Return a page's lines of a config; the port is one of this machine."""
    return tuple(line for line in text.splitlines() if not line.startswith("port "))


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    of_server, of_sentinel = blocks("conf")
    estate = Estate({}, {})
    for machine in MACHINES:
        estate.servers[machine] = Redis(tmp_path, free_port(), options(of_server))
        watcher = Redis(tmp_path, free_port(), is_sentinel=True)
        estate.sentinels[machine] = watcher
    first, *others = estate.servers.values()
    for other in others:
        other.options += (f"replicaof 127.0.0.1 {first.port}", "repl-diskless-sync-delay 0")
    for sentinel in estate.sentinels.values():
        sentinel.options = options(estate.moved(of_sentinel))
    with contextlib.ExitStack() as ends:
        for server in estate.servers.values():
            ends.callback(server.stop)
            server.start()
        until("replicas that follow", lambda: first.tell("WAIT", "2", "100") == b":2\r\n")
        for sentinel in estate.sentinels.values():
            ends.callback(sentinel.stop)
            sentinel.start()
        until("sentinels that know everybody", estate.is_watched)
        yield estate


@pytest.fixture
def config(estate: Estate) -> dict[str, object]:
    [page] = blocks("yaml")
    own = estate.moved(page.replace("gray:${REDIS_PASSWORD}@", ""), default=SENTINEL)
    services = [service(legacy=9, ai=9)]
    return {**YAML(typ="safe").load(own), "proxy": {"workers": 1}, "services": services}


@pytest.fixture
def router(config: dict[str, object]) -> Iterator[RunningRouter]:
    with RunningRouter(config) as running:
        until("a share", lambda: takes(running, SHARE))
        yield running


def named(router: RunningRouter, name: str) -> list[Event]:
    return [event for event in router.events if event["event"] == name]


def takes(router: RunningRouter, percent: float) -> bool:
    """Whether a change is kept now."""
    asked = {"percent": percent, "reason": ""}
    answer = router.admin("PUT", "/api/v1/services/support/percent", asked)
    return answer.status == http.HTTPStatus.OK


def said_upon(estate: Estate, router: RunningRouter, command: str) -> str:
    """Type the lines in, and return what is printed, as if it were on the page's machines."""
    said = ""
    for line in command.splitlines():
        if line.startswith("redis-cli"):
            said += estate.named(estate.type(line))
        else:
            said += typed(router, line.replace("gray-router.yaml", str(router.config)))
    return said


def test_what_the_page_has_typed_in_is_answered_as_it_says(
    estate: Estate, router: RunningRouter
) -> None:
    examples = shown(PAGE)
    assert len(examples) == 7
    for command, text in examples:

        def is_shown(command: str = command, text: str = text) -> bool:
            said = lasting(said_upon(estate, router, command).replace("\r", ""))
            return all(line in said for line in lasting(text))

        if "sentinel failover" in command:
            assert is_shown()
        else:
            until(f"{command} shows {text}", is_shown)
    assert named(router, "lease_lost") == []
    until("a change that the new master takes", lambda: takes(router, SHARE + 1))


def test_a_master_that_dies_is_replaced_before_anybody_leaves_ai(
    estate: Estate, router: RunningRouter
) -> None:
    estate.servers["redis-1"].stop()
    until("a change that the new master takes", lambda: takes(router, SHARE + 1))
    assert named(router, "lease_lost") == []
    [release] = router.admin("GET", "/api/v1/services").data["services"]
    assert (release["percent"], release["status"]) == (SHARE + 1, "rolling")


def test_servers_that_would_go_on_alone_are_named(
    estate: Estate, config: dict[str, object]
) -> None:
    for server in estate.servers.values():
        server.tell("CONFIG", "SET", "min-replicas-to-write", "0")
    with RunningRouter(config) as router:
        said = [event["problems"] for event in named(router, "store_noted")]
        until("a warning", lambda: "WARNING: " in typed(router, "gray-router status"))
    [[problem]] = said
    assert "set min-replicas-to-write 1" in problem
