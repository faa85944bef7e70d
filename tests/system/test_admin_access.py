"""Who gets at the admin API of a router that runs: by token, proxy or session, and over TLS."""

import contextlib
import hashlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.certificates import Authority
from tests.support.serving import PATIENCE, RunningRouter, service

START: Final = "/api/v1/services/support/start"
SERVICES: Final = "/api/v1/services"


def token(name: str) -> str:
    return f"a-long-random-text-of-{name}"


def entry(name: str, role: str, **more: object) -> dict[str, object]:
    digest = hashlib.sha256(token(name).encode()).hexdigest()
    return {"name": name, "role": role, "sha256": digest, **more}


@dataclass(frozen=True, slots=True)
class World:
    """A router with TLS and client certificates, and who may connect to it."""

    router: RunningRouter
    folder: Path
    authority: Authority
    tls: ssl.SSLContext

    def ask(
        self,
        method: str,
        path: str,
        name: str | None = None,
        body: object = None,
        **headers: str,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Ask over TLS, with somebody's token."""
        port = self.router.admin_port
        client = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=self.tls)
        signed = {} if name is None else {"Authorization": f"Bearer {token(name)}"}
        content = None if body is None else json.dumps(body)
        sent = {"Content-Type": "application/json", **signed, **headers}
        with contextlib.closing(client):
            client.request(method, path, content, sent)
            answer = client.getresponse()
            said = answer.read()
            return answer.status, json.loads(said) if said else None, dict(answer.headers)


def settings(folder: Path, *tokens: dict[str, object]) -> dict[str, object]:
    tls = {"cert": "own.crt", "key": "own.key", "client_ca": "ca.pem"}
    admin = {
        "tls": {key: str(folder / name) for key, name in tls.items()},
        "health": f"unix:{folder}/health.sock",
        "tokens": list(tokens),
        "identity": {"header": "x-user", "from": ["127.0.0.1/32"]},
    }
    approved = service(legacy=9, ai=9, release={"approvals": 2}, match={"paths": ["/support"]})
    other = service("orders", legacy=9, ai=9, match={"paths": ["/orders"]})
    return {"admin": admin, "proxy": {"workers": 1}, "services": [approved, other]}


TOKENS: Final[tuple[dict[str, object], ...]] = (
    entry("ana", "operator"),
    entry("ben", "operator", services=["support"]),
    entry("viewer", "viewer"),
    {"name": "proxied", "role": "viewer"},
)


def certify(folder: Path, authority: Authority) -> str:
    """Let the router have a certificate of this authority; return it."""
    made = authority.issue("IP:127.0.0.1")
    (folder / "own.crt").write_text(made.certificate)
    (folder / "own.key").write_text(made.key)
    return made.certificate.strip()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    authority = Authority(tmp_path, "own-authority")
    (tmp_path / "ca.pem").write_text(authority.pem)
    certify(tmp_path, authority)
    mine = authority.issue("DNS:operator")
    tls = ssl.create_default_context(cadata=authority.pem)
    tls.load_cert_chain(mine.certificate_path, mine.key_path)
    with RunningRouter(settings(tmp_path, *TOKENS)) as router:
        yield World(router, tmp_path, authority, tls)


def test_whoever_shows_no_certificate_does_not_connect(world: World) -> None:
    bare = ssl.create_default_context(cadata=world.authority.pem)
    stranger = World(world.router, world.folder, world.authority, bare)
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.BadStatusLine)):
        stranger.ask("GET", "/livez")
    assert world.ask("GET", "/livez")[0] == 200


def test_a_raise_takes_two_people_and_the_log_has_both(world: World) -> None:
    assert world.ask("POST", START, None, {})[0] == 401
    assert world.ask("POST", START, "viewer", {})[0] == 403
    asked, told, _ = world.ask("POST", START, "ana", {"reason": "we have looked"})
    assert (asked, told["pending"]["by"], told["percent"]) == (202, "ana", 0)
    assert world.ask("POST", "/api/v1/services/support/approve", "ana", {})[0] == 409
    yes, told, _ = world.ask("POST", "/api/v1/services/support/approve", "ben", {})
    assert (yes, told["percent"], told["approved_by"]) == (200, 5, ["ben"])
    _, log, _ = world.ask("GET", "/api/v1/events?service=support", "viewer")
    told_of = [(event["who"], event["command"], event["accepted"]) for event in log["events"]]
    assert told_of[:4] == [
        ("ben", "approve", True),
        ("ana", "approve", False),
        ("ana", "start", True),
        ("viewer", "start", False),
    ]


def test_whoever_is_limited_commands_and_sees_his_services_alone(world: World) -> None:
    _, listed, _ = world.ask("GET", SERVICES, "ben")
    assert [each["service"] for each in listed["services"]] == ["support"]
    assert world.ask("POST", "/api/v1/services/orders/rollback", "ben")[0] == 403
    status, told, _ = world.ask("POST", "/api/v1/rollback", "ben")
    assert (status, [report["service"] for report in told["reports"]]) == (200, ["support"])
    assert told["reports"][0]["complete"] is True


def test_a_proxy_names_whom_the_config_knows(world: World) -> None:
    named = {"x-user": "proxied"}
    assert world.ask("GET", SERVICES, None, None, **named)[0] == 200
    assert world.ask("POST", "/api/v1/rollback", None, None, **named)[0] == 403
    assert world.ask("GET", SERVICES, None, None, **{"x-user": "stranger"})[0] == 403


def test_a_session_lives_by_its_cookie_and_ends_with_its_token(world: World) -> None:
    status, told, headers = world.ask("POST", "/api/v1/session", None, {"token": token("ana")})
    assert status == 200
    cookie, *marks = headers["Set-Cookie"].split("; ")
    assert {"HttpOnly", "Path=/", "SameSite=Strict", "Secure"} <= set(marks)
    session = {"Cookie": cookie}
    assert world.ask("GET", SERVICES, None, None, **session)[0] == 200
    assert world.ask("POST", START, None, {}, **session)[0] == 403
    signed = {**session, "x-gray-csrf": told["csrf"]}
    assert world.ask("POST", START, None, {}, **signed)[0] == 202
    without = settings(world.folder, *TOKENS[1:])
    running = json.loads(world.router.config.read_text())
    without["admin"] = {**running["admin"], "tokens": list(TOKENS[1:])}
    world.router.config.write_text(json.dumps({**running, **without, "proxy": running["proxy"]}))
    world.router.wait_for("config_reloaded")
    assert world.ask("GET", SERVICES, None, None, **session)[0] == 401
    assert world.ask("GET", SERVICES, "ana")[0] == 401
    assert world.ask("GET", SERVICES, "ben")[0] == 200


def test_another_certificate_is_shown_without_a_restart(world: World) -> None:
    renewed = certify(world.folder, world.authority)
    world.router.wait_for("config_reloaded")
    port = world.router.admin_port
    client = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=world.tls)
    with contextlib.closing(client):
        client.connect()
        assert isinstance(client.sock, ssl.SSLSocket)
        shown = client.sock.getpeercert(binary_form=True)
    assert shown is not None
    assert ssl.DER_cert_to_PEM_cert(shown).strip() == renewed


@pytest.mark.parametrize(
    ("path", "status"), [("/livez", 200), ("/readyz", 200), ("/metrics", 200), (SERVICES, 404)]
)
def test_probes_have_an_address_of_their_own_and_take_no_token(
    world: World, path: str, status: int
) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(str(world.folder / "health.sock"))
        client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        answer = client.makefile("rb").readline()
    assert answer.startswith(f"HTTP/1.0 {status} ".encode())
    assert world.ask("GET", "/metrics")[0] == 401


def test_no_token_is_in_any_log(world: World) -> None:
    world.ask("GET", SERVICES, "ana")
    world.ask("GET", SERVICES, "stranger")
    world.ask("POST", "/api/v1/session", None, {"token": token("other-stranger")})
    assert world.router.stop() == 0
    assert [e["event"] for e in world.router.events].count("sign_in_failed") == 2
    assert "a-long-random-text" not in world.router.said
