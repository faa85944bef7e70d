"""Workers that nobody confirms AI's share to any more: those who hold on, and those who do not."""

import http.client
import time
from collections.abc import Iterator

import pytest

from tests.support.named_backends import Backend, named_backends
from tests.support.serving import OPERATED, RunningRouter, service

pytestmark = pytest.mark.slow

LEASE = 2.0
"""Seconds."""

PATIENCE = 15.0


@pytest.fixture
def backends() -> Iterator[dict[str, Backend]]:
    with named_backends() as both:
        yield both


def config(backends: dict[str, Backend], on_partition: str) -> dict[str, object]:
    legacy, ai = backends["legacy"].port, backends["ai"].port
    return {
        "services": [service(legacy=legacy, ai=ai, release={"on_partition": on_partition})],
        "admin": OPERATED,
        "lease": f"{LEASE:g}s",
        "proxy": {"workers": 1},
    }


def answered_by(router: RunningRouter) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def complete(router: RunningRouter) -> None:
    router.set_percent(100)
    assert router.admin("POST", "/api/v1/services/support/complete", {}).status == 200


def become(router: RunningRouter, variant: str) -> None:
    until = time.monotonic() + PATIENCE
    while answered_by(router) != variant:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_who_holds_on_stays_at_ai_without_a_supervisor_until_the_next_one_is_told(
    backends: dict[str, Backend],
) -> None:
    with RunningRouter(config(backends, "hold")) as router:
        assert "services[0].release.on_partition" in [it.get("path") for it in router.events]
        complete(router)
        assert router.wait_for("hold_without_bound")["services"] == ["support"]
        shown = router.admin("GET", "/api/v1/services/support").data
        assert shown["unbounded_because"]
        router.process.kill()
        router.process.wait()
        time.sleep(LEASE + 1.0)
        assert {answered_by(router) for _ in range(20)} == {"ai"}
        with router.followed() as successor:
            become(successor, "ai")
            assert "hold_without_bound" in [it["event"] for it in successor.events]
            successor.admin("POST", "/api/v1/services/support/rollback", {})
            assert {answered_by(successor) for _ in range(20)} == {"legacy"}


def test_who_does_not_leaves_ai_when_the_lease_is_over(
    backends: dict[str, Backend],
) -> None:
    with RunningRouter(config(backends, "legacy")) as router:
        complete(router)
        assert answered_by(router) == "ai"
        router.process.kill()
        router.process.wait()
        become(router, "legacy")
