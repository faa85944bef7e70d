"""Another config for a router that serves, as operators, editors and Kubernetes bring it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import Authority
from tests.support.load import Load, NamedBackend
from tests.support.serving import OPERATED, ROOT, SHOWN, RunningRouter, service

SHORT = 0.3
"""Seconds that an editor takes between two writes; the router looks once a second."""


@pytest.fixture(scope="module")
def old() -> Iterator[NamedBackend]:
    with NamedBackend("old") as backend:
        yield backend


@pytest.fixture(scope="module")
def new() -> Iterator[NamedBackend]:
    with NamedBackend("new") as backend:
        yield backend


def served_by(backend: NamedBackend, name: str = "support", **more: object) -> dict[str, object]:
    return service(
        name,
        legacy=backend.port,
        ai=backend.port,
        match={"paths": [f"/{name}"]},
        **{"split": {"key": ["header:x-user-id"]}, **more},
    )


@pytest.fixture
def router(old: NamedBackend) -> Iterator[RunningRouter]:
    with RunningRouter({"services": [served_by(old)], "admin": OPERATED}) as running:
        yield running


def with_services(router: RunningRouter, *services: object, **proxy: object) -> str:
    """Return the running config's text with other services."""
    running: dict[str, Any] = json.loads(router.config.read_text())
    return json.dumps(
        {**running, "proxy": {**running["proxy"], **proxy}, "services": services}, indent=1
    )


def replace(path: Path, text: str) -> None:
    """Write a new file and rename it over the old one, as editors and `mv` do."""
    other = path.with_name("other.yaml")
    other.write_text(text)
    other.rename(path)


def gray_router(router: RunningRouter, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "router", *arguments, "--admin", router.admin_url],
        cwd=ROOT,
        env={**os.environ, "GRAY_ROUTER_TOKEN": SHOWN},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_services_come_change_and_go_under_load_and_no_request_fails(
    router: RunningRouter, old: NamedBackend, new: NamedBackend
) -> None:
    router.set_percent(50)
    with Load(router.port, "/support", "/support", "/orders") as load:
        for _ in range(3):
            replace(router.config, with_services(router, served_by(new), served_by(old, "orders")))
            assert router.admin("POST", "/api/v1/reload", {}).data["added"] == ["orders"]
            load.wait_for("/support", 200, "new", 50)
            load.wait_for("/orders", 200, "old", 20)
            replace(router.config, with_services(router, served_by(old)))
            assert router.admin("POST", "/api/v1/reload", {}).data["removed"] == ["orders"]
            load.wait_for("/support", 200, "old", 50)
    assert load.failures == []
    assert {status for status, _ in load.answers["/support"]} == {200}
    assert {status for status, _ in load.answers["/orders"]} == {200, 404}
    shown = router.admin("GET", "/api/v1/services/support").data
    assert (shown["percent"], shown["revision"]) == (50, 1)
    assert router.metric("split_percent", service="support") == 50


def test_a_file_that_is_renamed_into_place_is_loaded_by_itself(
    router: RunningRouter, new: NamedBackend
) -> None:
    with Load(router.port, "/support") as load:
        load.wait_for("/support", 200, "old")
        replace(router.config, with_services(router, served_by(new)))
        assert router.wait_for("config_reloaded")["because"] == "file"
        load.wait_for("/support", 200, "new")
    assert load.failures == []


def test_a_file_that_is_written_in_two_halves_is_not_read_half_way(
    router: RunningRouter, old: NamedBackend
) -> None:
    names = [f"service-{number}" for number in range(3)]
    text = "".join(f"  - {json.dumps(served_by(old, name))}\n" for name in ["support", *names])
    kept = json.loads(router.config.read_text())
    kept.pop("services")
    first, second = text.splitlines(keepends=True)[:2], text.splitlines(keepends=True)[2:]
    with router.config.open("w") as file:
        file.write("".join(f"{key}: {json.dumps(value)}\n" for key, value in kept.items()))
        file.write("services:\n" + "".join(first))
        file.flush()
        time.sleep(SHORT)
        file.write("".join(second))
    assert router.wait_for("config_reloaded")["added"] == names


def test_a_config_map_whose_folder_is_swapped_is_loaded(
    router: RunningRouter, old: NamedBackend, new: NamedBackend
) -> None:
    mounted = router.config.parent
    for name, backend in (("..1", old), ("..2", new)):
        (mounted / name).mkdir()
        text = with_services(router, served_by(backend))
        (mounted / name / router.config.name).write_text(text)
    (mounted / "..data").symlink_to("..1")
    (mounted / "link").symlink_to(f"..data/{router.config.name}")
    (mounted / "link").rename(router.config)
    assert router.wait_for("config_unchanged")["because"] == "file"
    (mounted / "..data_tmp").symlink_to("..2")
    (mounted / "..data_tmp").rename(mounted / "..data")
    assert router.wait_for("config_reloaded")["changed"] == ["support"]


def test_a_hangup_has_the_file_read(router: RunningRouter, new: NamedBackend) -> None:
    replace(router.config, with_services(router, served_by(new)))
    router.process.send_signal(signal.SIGHUP)
    assert router.wait_for("signal")["signal"] == "SIGHUP"
    assert router.wait_for("config_reloaded")["changed"] == ["support"]
    router.process.send_signal(signal.SIGHUP)
    assert router.wait_for("config_unchanged")["because"] == "signal"


def test_a_wrong_file_is_refused_whole_and_the_old_one_serves_on_until_it_is_right(
    router: RunningRouter, new: NamedBackend
) -> None:
    wrong = {**served_by(new, "orders"), "legasy": 1, "release": {"stages": [0.2, "x"]}}
    with Load(router.port, "/support") as load:
        replace(router.config, with_services(router, served_by(new), wrong))
        refused = router.wait_for("config_refused")
        assert len(refused["problems"]) >= 2
        assert all(str(router.config) in problem for problem in refused["problems"])
        assert router.metric("config_last_reload_successful") == 0
        told = gray_router(router, "reload")
        assert told.returncode == 1
        assert all(problem in told.stderr for problem in refused["problems"])
        shown = gray_router(router, "status").stdout
        assert "THE CONFIG ON DISK IS REFUSED since" in shown
        assert refused["problems"][0] in shown
        load.wait_for("/support", 200, "old")
        replace(router.config, with_services(router, served_by(new)))
        router.wait_for("config_reloaded")
        load.wait_for("/support", 200, "new")
    assert load.failures == []
    assert {status for status, _ in load.answers["/support"]} == {200}
    assert router.metric("config_last_reload_successful") == 1
    assert "REFUSED" not in gray_router(router, "status").stdout


def test_a_file_that_is_gone_is_told_and_waited_for(router: RunningRouter) -> None:
    text = router.config.read_text()
    router.config.unlink()
    assert router.wait_for("config_file_missing")["file"] == str(router.config)
    router.config.write_text(text)
    assert router.wait_for("config_unchanged")["because"] == "file"


def test_callers_are_divided_anew_only_if_that_is_wanted(
    router: RunningRouter, old: NamedBackend
) -> None:
    router.set_percent(20)
    salted = served_by(old, split={"salt": "other", "key": ["header:x-user-id"]})
    replace(router.config, with_services(router, salted))
    refused = gray_router(router, "reload")
    assert refused.returncode == 1
    assert "split.salt" in refused.stderr
    allowed = gray_router(router, "reload", "--reshuffle", "--json")
    assert allowed.returncode == 0
    assert json.loads(allowed.stdout)["changed"] == ["support"]
    assert router.admin("GET", "/api/v1/services/support").data["percent"] == 20


def test_what_needs_a_restart_is_said_and_the_rest_runs(
    router: RunningRouter, new: NamedBackend
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        elsewhere = f"127.0.0.1:{taken.getsockname()[1]}"
        replace(router.config, with_services(router, served_by(new), listen=elsewhere))
        told = gray_router(router, "reload")
    assert told.returncode == 0
    assert "needs a restart" in told.stdout
    assert router.wait_for("config_needs_restart")["keys"] == ["proxy.listen"]
    with Load(router.port, "/support") as load:
        load.wait_for("/support", 200, "new")
    shown = router.admin("GET", "/api/v1/replicas").data["replicas"][0]
    assert shown["needs_restart"] == ["proxy.listen"]
    assert "needs a restart: proxy.listen" in gray_router(router, "status").stdout


def test_a_renewed_certificate_is_shown_to_the_next_client_and_no_connection_ends(
    old: NamedBackend, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "ca.pem").write_text(authority.pem)

    def install(*names: str) -> str:
        """Renew as certbot does: the certificate first, then its key."""
        made = authority.issue(*names)
        for text, name in ((made.certificate, "tls.crt"), (made.key, "tls.key")):
            (tmp_path / "renewed").write_text(text)
            (tmp_path / "renewed").rename(tmp_path / name)
        return made.certificate.strip()

    first = install("IP:127.0.0.1", "DNS:first")
    tls = {"cert": str(tmp_path / "tls.crt"), "key": str(tmp_path / "tls.key")}
    with RunningRouter(
        {"services": [served_by(old)], "proxy": {"tls": tls}, "admin": OPERATED}
    ) as router:
        assert certificate_of(router) == first
        trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        client = http.client.HTTPSConnection("127.0.0.1", router.port, timeout=10, context=trusting)
        with contextlib.closing(client):
            assert ask(client) == (200, b"old")
            second = install("IP:127.0.0.1", "DNS:second")
            told = router.wait_for("certificates_reloaded")
            assert told["place"] == "proxy.tls.cert"
            assert told["expires"] > told["at"]
            router.admin("POST", "/api/v1/reload", {})
            assert certificate_of(router) == second != first
            assert ask(client) == (200, b"old")


def certificate_of(router: RunningRouter) -> str:
    return ssl.get_server_certificate(("127.0.0.1", router.port), timeout=10).strip()


def ask(client: http.client.HTTPConnection) -> tuple[int, bytes]:
    client.request("GET", "/support")
    answer = client.getresponse()
    return answer.status, answer.read()
