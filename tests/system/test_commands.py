"""The client commands against a router that really runs."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.serving import ROOT, RunningRouter, service

NOBODY = 9
"""The port of the discard service; nothing is ever asked there."""


@pytest.fixture(scope="module")
def router() -> Iterator[RunningRouter]:
    services = [
        service("support", legacy=NOBODY, ai=NOBODY, match={"paths": ["/support/*"]}),
        service("orders", legacy=NOBODY, ai=NOBODY, match={"paths": ["/orders/*"]}),
    ]
    with RunningRouter({"services": services}) as running:
        yield running


def gray_router(router: RunningRouter, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "router", arguments[0], "--admin", router.admin_url, *arguments[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_share_is_set_and_shown(router: RunningRouter) -> None:
    done = gray_router(router, "set", "support", "12.34", "--reason", "the first users")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("support: 12.34 % of callers go to AI (revision ")
    shown = json.loads(gray_router(router, "status", "support", "--json").stdout)
    assert (shown["percent"], shown["reason"]) == (12.34, "the first users")
    columns = gray_router(router, "status").stdout.splitlines()
    assert [line.split()[0] for line in columns[:3]] == ["SERVICE", "support", "orders"]
    assert columns[3:-1] == [
        f"{name} is not sticky: every request is divided by chance"
        for name in ("support", "orders")
    ]
    assert "the first users" in columns[1]
    assert "a service that is new begins at 0" in columns[2]


def test_a_misspelled_service_is_refused_with_the_names_there_are(router: RunningRouter) -> None:
    refused = gray_router(router, "set", "suport", "5")
    assert refused.returncode == 1
    assert "there is no service 'suport'; there are: support, orders" in refused.stderr


@pytest.mark.parametrize("command", [["status"], ["set", "support", "5"]], ids=" ".join)
def test_the_port_for_clients_is_no_admin_api(router: RunningRouter, command: list[str]) -> None:
    clients = f"http://127.0.0.1:{router.port}"
    confused = gray_router(router, *command, "--admin", clients)
    assert (confused.returncode, confused.stdout) == (3, "")
    assert confused.stderr == (
        f"{clients} answers, but is no admin API of Gray Router (404 no_route).\n"
    )


def test_after_the_port_for_clients_the_next_address_is_asked(router: RunningRouter) -> None:
    both = f"http://127.0.0.1:{router.port},{router.admin_url}"
    asked = gray_router(router, "status", "--admin", both)
    assert (asked.returncode, asked.stderr) == (0, f"{router.admin_url} answers:\n")


def test_a_web_page_cannot_set_a_share(router: RunningRouter) -> None:
    path = "/api/v1/services/orders/percent"
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert router.admin("PUT", path, {"percent": 100}, headers).status == 403
    assert router.admin("GET", "/api/v1/services/orders").data["revision"] == 0
