import hashlib
import ipaddress
from pathlib import Path

from router.control.api.access import Access, Identity, Role, Token
from router.control.encryption import GuardedTls
from router.control.fleet.peers import Peering
from router.control.webhook_post import Hook
from router.model import Address
from router.processes.operators import access_of, hooks_of, peering_of, tls_of
from router.settings.files import PemFile
from router.settings.problems import Data
from router.settings.schema_admin import AdminSettings, AdminTlsSettings
from router.settings.schema_replica import PeerTlsSettings
from tests.unit.settings.configs import settings_of

DIGEST = hashlib.sha256(b"a token").hexdigest()


def admin_of(**keys: Data) -> AdminSettings:
    return settings_of(admin=keys).admin


def test_without_tokens_there_is_one_caller_on_this_machine() -> None:
    assert access_of(admin_of()) == Access()
    assert access_of(admin_of(listen="unix:/run/admin.sock")) == Access()


def test_tokens_have_roles_and_some_have_their_services() -> None:
    tokens: Data = [
        {"name": "ana", "role": "operator", "sha256": DIGEST, "services": ["support"]},
        {"name": "root", "role": "admin", "sha256": "0" * 64},
    ]
    access = access_of(admin_of(listen="10.0.0.1:9900", tokens=tokens))
    assert access == Access(
        (
            Token("ana", Role.OPERATOR, DIGEST, frozenset({"support"})),
            Token("root", Role.ADMIN, "0" * 64),
        ),
        is_loopback=False,
    )
    holder = access.holder("a token")
    assert holder is not None
    assert holder.name == "ana"


def test_whom_a_proxy_names_has_a_role_and_no_token() -> None:
    tokens: Data = [{"name": "ana", "role": "operator"}]
    identity: Data = {"header": "X-User", "from": ["10.0.0.7"]}
    access = access_of(admin_of(tokens=tokens, identity=identity))
    assert access.identity == Identity("x-user", (ipaddress.ip_network("10.0.0.7/32"),))
    named = access.named("ana")
    assert named is not None
    assert named.role is Role.OPERATOR
    assert access.holder("") is None


def test_the_operators_word_that_it_may_be_open_is_passed_on() -> None:
    access = access_of(admin_of(listen="0.0.0.0:9900", insecure=True))
    assert access == Access(is_loopback=False, is_insecure=True)


def test_without_tls_there_is_none() -> None:
    assert tls_of(admin_of()) is None


def test_tls_is_passed_on_as_texts() -> None:
    cert, key, trusted = (PemFile(Path(name), text=name) for name in ("a", "b", "c"))
    tls = AdminTlsSettings.model_construct(cert=cert, key=key, client_ca=None)
    admin = admin_of().model_copy(update={"tls": tls})
    assert tls_of(admin) == GuardedTls("a", "b")
    asked = tls.model_copy(update={"client_ca": trusted})
    assert tls_of(admin.model_copy(update={"tls": asked})) == GuardedTls("a", "b", "c")


def test_a_router_that_says_nothing_of_others_is_reached_by_none() -> None:
    assert peering_of(settings_of().replica) == Peering()


def test_how_replicas_reach_each_other_is_passed_on() -> None:
    keys: Data = {"listen": "10.0.0.3:9902", "advertise": "http://r1:9902", "secret": "s" * 32}
    peering = peering_of(settings_of(replica=keys).replica)
    assert peering == Peering(Address("10.0.0.3", 9902), "http://r1:9902", None, "s" * 32)
    assert "sss" not in repr(peering)
    cert, key, trusted = (PemFile(Path(name), text=name) for name in ("a", "b", "c"))
    tls = PeerTlsSettings.model_construct(cert=cert, key=key, client_ca=trusted)
    encrypted = settings_of().replica.model_copy(update={"tls": tls})
    assert peering_of(encrypted).tls == GuardedTls("a", "b", "c")


def test_webhooks_are_told_of_what_they_asked_for() -> None:
    hooks: Data = [
        {"url": "https://a.example.com/", "secret": "0123456789abcdef", "events": ["rollback"]},
        {"url": "http://127.0.0.1/", "secret": "fedcba9876543210", "allow_private": True},
    ]
    assert hooks_of(admin_of(webhooks=hooks)) == (
        Hook("https://a.example.com/", "0123456789abcdef", frozenset({"rollback"})),
        Hook(
            "http://127.0.0.1/",
            "fedcba9876543210",
            frozenset({"release", "rollback", "alert"}),
            allow_private=True,
        ),
    )
