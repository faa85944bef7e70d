from pathlib import Path

import pytest

from router.control.listening import Address
from router.model import BasisPoints
from router.processes.supervisor import plan, warn
from router.settings.cores import usable_cores
from router.settings.load import examine_text

CONFIG = b"""
proxy:
  listen: ["127.0.0.1:8080", "[::1]:8080", "unix:/run/gray.sock"]
  workers: 3
  drain_timeout: 7s
lease: 9s
state_dir: /var/lib/gray-router
admin: {listen: "127.0.0.1:9900"}
services:
  - name: support
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai:     {endpoints: ["http://127.0.0.1:9002"]}
    match: {paths: ["/support/*"]}
    release: {stages: [10, 100]}
  - name: orders
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai:     {endpoints: ["http://127.0.0.1:9002"]}
    match: {paths: ["/orders/*"]}
    split: {key: ["header:x-user-id"]}
  - name: minted
    legacy: {endpoints: ["http://127.0.0.1:9001"]}
    ai:     {endpoints: ["http://127.0.0.1:9002"]}
    match: {paths: ["/minted/*"]}
    split: {cookie: {name: gray_id}}
"""


def test_what_check_would_advise_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    warn(examine_text(CONFIG, {}, "test.yaml"))
    found = [(record.getMessage(), record.levelname) for record in caplog.records]
    assert found == [("config_warning", "WARNING")] * 2
    assert vars(caplog.records[0])["fields"] == {
        "config": "test.yaml",
        "line": 10,
        "path": "services[0].split",
        "text": (
            "not sticky: without split.key or split.cookie every request is divided by chance"
        ),
    }


def test_settings_become_a_plan() -> None:
    examined = examine_text(CONFIG, {}, "test.yaml")
    assert examined.settings is not None
    planned = plan(examined.settings)
    assert planned.listen == [
        Address("127.0.0.1", 8080),
        Address("::1", 8080),
        Address("/run/gray.sock", 0),
    ]
    assert planned.admin == Address("127.0.0.1", 9900)
    assert planned.drain_timeout == 7
    assert (planned.workers, planned.lease) == (3, 9)
    assert planned.state_dir == Path("/var/lib/gray-router")
    assert [(release.service, release.share) for release in planned.releases] == [
        ("support", BasisPoints(0)),
        ("orders", BasisPoints(0)),
        ("minted", BasisPoints(0)),
    ]
    assert planned.stages["support"] == (1000, 10_000)
    assert planned.stages["orders"] == (500, 2000, 5000, 10_000)
    assert planned.sticky == {"orders", "minted"}
    snapshot = planned.compile({r.service: r for r in planned.releases}, 3)
    assert snapshot.version == 3
    assert [service.name for service in snapshot.services] == ["support", "orders", "minted"]


def test_auto_is_a_worker_for_each_core_that_may_be_used() -> None:
    text = CONFIG.replace(b"workers: 3", b"workers: auto")
    settings = examine_text(text, {}, "test.yaml").settings
    assert settings is not None
    assert plan(settings).workers == usable_cores()
