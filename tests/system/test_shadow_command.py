"""Copies are switched on and off upon a router that really runs, and outlive its restart."""

import http.client
import stat
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.support.named_backends import Backend, named_backends
from tests.support.serving import PATIENCE, ROOT, RunningRouter, service

SHARE = "/api/v1/services/support/shadow"
SHADOW = {"send": "to_ai", "budget": {"requests_per_second": 1000}}


@pytest.fixture
def backends() -> Iterator[dict[str, Backend]]:
    with named_backends() as both:
        yield both


def running(backends: dict[str, Backend]) -> RunningRouter:
    legacy, ai = backends["legacy"].port, backends["ai"].port
    return RunningRouter({"services": [service(legacy=legacy, ai=ai, shadow=SHADOW)]})


def shadow(router: RunningRouter, word: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "router", "shadow", "support", word, "--admin", router.admin_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def ask(router: RunningRouter, times: int = 1) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=PATIENCE)
    for _ in range(times):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"legacy"
    connection.close()


def wait_for_copies(backend: Backend, count: int) -> None:
    end = time.monotonic() + PATIENCE
    while backend.asked < count and time.monotonic() < end:
        time.sleep(0.01)
    assert backend.asked == count


def test_copies_are_switched_off_and_on_while_users_notice_nothing(
    backends: dict[str, Backend],
) -> None:
    with running(backends) as router:
        ask(router, 5)
        wait_for_copies(backends["ai"], 5)
        assert shadow(router, "off").startswith("support: no request is copied, by `shadow`")
        ask(router, 5)
        assert "100 % of its requests are copied, as the config says" in shadow(router, "on")
        ask(router)
        wait_for_copies(backends["ai"], 6)
        assert backends["legacy"].asked == 11


def test_what_was_said_holds_over_a_restart_and_a_rollback_and_so_does_the_key(
    backends: dict[str, Backend],
) -> None:
    with running(backends) as router:
        assert router.admin("PUT", SHARE, {"percent": 0}).status == 200
        key = router.config.parent / "data" / "shadow.key"
        kept = key.read_bytes()
        assert (len(kept), stat.S_IMODE(key.stat().st_mode)) == (32, 0o600)
        router.process.terminate()
        router.exit_code()
        with router.followed() as again:
            again.admin("POST", "/api/v1/services/support/rollback", {"reason": "test"})
            release = again.admin("GET", "/api/v1/services/support").data
            assert (release["shadow_percent"], release["shadow_from"]) == (0, "command")
            ask(again, 3)
            assert backends["ai"].asked == 0
            assert key.read_bytes() == kept
            for said in (router.said, again.said, again.admin("GET", "/metrics").body.decode()):
                assert kept.hex() not in said
