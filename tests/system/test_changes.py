"""Everything that a router stands on changes while it serves, and no client notices."""

import http.client
import json
import os
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from loadtests.faults.hosts import Hosts
from tests.support.certificates import Authority, Certificate
from tests.support.load import HEALTH, Load, NamedBackend
from tests.support.serving import OPERATED, RunningRouter

NAME: Final = "legacy.example.com"
PATH: Final = "/support"


class World:
    """A router behind TLS, in front of TLS, and all that may change around it."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self.authority: Final = Authority(folder)
        self.next_authority: Final = Authority(folder, "next")
        self.hosts: Final = Hosts(folder)
        self.trust(self.authority.pem)
        self.renew()
        self.hosts.point(NAME, "127.0.0.1")
        self.backend_tls: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certify(self.authority)
        self.here: Final = NamedBackend("here", tls=self.backend_tls)
        there = ("127.0.0.2", self.here.port)
        self.there: Final = NamedBackend("there", there, tls=self.backend_tls)
        self.ai: Final = [NamedBackend("ai-1"), NamedBackend("ai-2")]

    @property
    def backends(self) -> list[NamedBackend]:
        return [self.here, self.there, *self.ai]

    @property
    def client_tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.authority.pem)

    def trust(self, pem: str) -> None:
        """Have the router trust these authorities when it reads the file again."""
        self._install("ca.pem", pem)

    def renew(self) -> Certificate:
        """Renew the listener's certificate as certbot does: the certificate, then its key."""
        made = self.authority.issue("IP:127.0.0.1")
        self._install("tls.crt", made.certificate)
        self._install("tls.key", made.key)
        return made

    def certify(self, authority: Authority) -> None:
        """Let the backends show a certificate of this authority."""
        made = authority.issue(f"DNS:{NAME}")
        self.backend_tls.load_cert_chain(made.certificate_path, made.key_path)

    def config(self, *, patience: str = "30s") -> dict[str, object]:
        checked = {"path": HEALTH, "interval": "200ms", "healthy_after": 1, "unhealthy_after": 2}
        service = {
            "name": "support",
            "legacy": {
                "endpoints": [f"https://{NAME}:{self.here.port}"],
                "tls": {"ca": str(self.folder / "ca.pem")},
                "first_byte_timeout": patience,
            },
            "ai": {
                "endpoints": [f"http://127.0.0.1:{backend.port}" for backend in self.ai],
                "health": checked,
                "slow_start": "100ms",
            },
        }
        tls = {"cert": str(self.folder / "tls.crt"), "key": str(self.folder / "tls.key")}
        proxy = {"tls": tls, "workers": 2}
        return {"proxy": proxy, "admin": OPERATED, "services": [service]}

    def _install(self, name: str, text: str) -> None:
        (self.folder / "fresh").write_text(text)
        (self.folder / "fresh").rename(self.folder / name)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    for backend in world.backends:
        backend.__enter__()
    yield world
    for backend in world.backends:
        backend.__exit__()


@pytest.fixture
def router(world: World) -> Iterator[RunningRouter]:
    environment = world.hosts.environment(os.environ)
    with RunningRouter(world.config(), environment=environment) as running:
        running.set_percent(50)
        yield running


def test_certificates_config_addresses_and_health_change_under_load_and_no_request_fails(
    world: World, router: RunningRouter
) -> None:
    with Load(router.port, PATH, PATH, tls=world.client_tls) as load:
        for name in ("here", "ai-1", "ai-2"):
            load.wait_for(PATH, 200, name)
        renew_the_listener(world, router)
        renew_the_backends(world, router, load)
        world.hosts.point(NAME, "127.0.0.2")  # in force when the name is looked up again
        change_the_config(world, router)
        fall_ill_and_recover(world.ai[0], router, load)
        load.wait_for(PATH, 200, "there", 20)
        before = load.seen(PATH, "here")
        load.wait_for(PATH, 200, "there", 50)
        assert load.seen(PATH, "here") == before
    assert load.failures == []
    assert {status for status, _ in load.answers[PATH]} == {200}


def renew_the_listener(world: World, router: RunningRouter) -> None:
    """Replace its files; that is noticed, and whoever connects is shown the new certificate."""
    renewed = world.renew()
    assert router.wait_for("certificates_reloaded")["place"] == "proxy.tls.cert"
    assert reloaded(router)["is_changed"] is False  # and so it is in force everywhere
    shown = ssl.get_server_certificate(("127.0.0.1", router.port), timeout=10)
    assert shown.strip() == renewed.certificate.strip()


def renew_the_backends(world: World, router: RunningRouter, load: Load) -> None:
    """Trust both authorities, show the next one's certificate, trust the next one alone."""
    world.trust(world.authority.pem + world.next_authority.pem)
    assert [each["place"] for each in reloaded(router)["certificates"]] == ["support.legacy.tls.ca"]
    world.certify(world.next_authority)
    world.trust(world.next_authority.pem)
    assert [each["place"] for each in reloaded(router)["certificates"]] == ["support.legacy.tls.ca"]
    load.wait_for(PATH, 200, "here", 20)


def change_the_config(world: World, router: RunningRouter) -> None:
    """Have a file refused, and another one taken over by a signal."""
    given = json.loads(router.config.read_text())
    replace(router.config, json.dumps({**given, "servises": []}))
    router.process.send_signal(signal.SIGHUP)
    router.wait_for("config_refused")
    wanted = {**given, "services": world.config(patience="40s")["services"]}
    replace(router.config, json.dumps(wanted))
    router.process.send_signal(signal.SIGHUP)
    assert router.wait_for("config_reloaded")["changed"] == ["support"]


def fall_ill_and_recover(backend: NamedBackend, router: RunningRouter, load: Load) -> None:
    """Let it fail its probes until nobody asks it any more, and be well again."""
    name = backend.answer.decode()
    backend.is_well = False
    router.wait_for("endpoint_down")
    load.wait_for(PATH, 200, "ai-2", 20)
    before = load.seen(PATH, name)
    load.wait_for(PATH, 200, "ai-2", 50)
    assert load.seen(PATH, name) == before
    backend.is_well = True
    load.wait_for(PATH, 200, name, 20)


def reloaded(router: RunningRouter) -> dict[str, Any]:
    answer = router.admin("POST", "/api/v1/reload", {})
    assert answer.status == http.client.OK, answer.body
    report: dict[str, Any] = answer.data
    return report


def replace(path: Path, text: str) -> None:
    """Write a new file and rename it over the old one, as editors and `mv` do."""
    other = path.with_name("other.yaml")
    other.write_text(text)
    other.rename(path)
