import hashlib
from pathlib import Path

import pytest

from router.model import Address
from router.settings.problems import Data
from router.settings.schema_admin import AdminSettings
from tests.support.certificates import Authority
from tests.unit.settings.configs import (
    examined_at,
    examined_in,
    problems_in,
    problems_of,
    settings_of,
)

DIGEST = hashlib.sha256(b"a token").hexdigest()
SIGNED = "a-secret-of-some-length"
HOOK: dict[str, Data] = {"url": "https://chat.example.com/hook", "secret": SIGNED}


def admin_of(**keys: Data) -> AdminSettings:
    return settings_of(admin=keys).admin


def statements(**keys: Data) -> list[tuple[str, str]]:
    return problems_of(admin=keys)


def test_the_defaults_are_those_of_the_contract() -> None:
    admin = AdminSettings()
    assert (admin.listen, admin.health) == (Address("127.0.0.1", 9900), None)
    assert (admin.tls, admin.tokens, admin.identity) == (None, (), None)
    assert (admin.insecure, admin.webhooks) == (False, ())


def test_a_token_is_a_name_a_role_and_a_digest() -> None:
    (token,) = admin_of(tokens=[{"name": "ana", "role": "operator", "sha256": DIGEST}]).tokens
    assert (token.name, token.role, token.sha256, token.services) == ("ana", "operator", DIGEST, ())


def test_a_caller_may_be_kept_to_some_services() -> None:
    token: Data = {"name": "a", "role": "viewer", "sha256": DIGEST, "services": ["support"]}
    assert admin_of(tokens=[token]).tokens[0].services == ("support",)


def test_a_plain_token_in_the_place_of_its_digest_is_not_repeated() -> None:
    found = statements(tokens=[{"name": "ana", "role": "admin", "sha256": "my-plain-token"}])
    assert found == [
        (
            "admin.tokens[0].sha256",
            (
                "saw a value that is not shown, allowed is the SHA-256 of a token as 64 hex "
                "digits, never the token itself"
            ),
        )
    ]


@pytest.mark.parametrize(
    "tokens",
    [
        ["my-plain-token"],
        "my-plain-token",
        {"my": "my-plain-token"},
        [{"name": "My-plain-token", "role": "admin", "sha256": DIGEST}],
        [{"name": "ana", "role": "admin", "token": "my-plain-token", "sha256": DIGEST}],
    ],
)
def test_a_plain_token_in_any_wrong_place_is_not_repeated(tokens: Data) -> None:
    found = statements(tokens=tokens)
    assert found
    assert "plain-token" not in str(found)


def test_a_misspelled_role_is_understood() -> None:
    ((path, statement),) = statements(tokens=[{"name": "a", "role": "operater", "sha256": DIGEST}])
    assert path == "admin.tokens[0].role"
    assert statement.endswith("viewer, writer, reviewer, operator or admin; did you mean operator?")


def test_no_services_at_all_are_no_limit_that_anybody_means() -> None:
    token: Data = {"name": "a", "role": "viewer", "sha256": DIGEST, "services": []}
    ((path, statement),) = statements(tokens=[token])
    assert (path, statement) == ("admin.tokens[0].services", "saw a list, allowed is at least one")


def test_a_proxy_names_callers() -> None:
    admin = admin_of(
        tokens=[{"name": "ana", "role": "operator"}],
        identity={"header": "X-User", "from": ["10.0.0.7"]},
    )
    assert admin.identity is not None
    assert (admin.identity.header, admin.identity.from_) == ("x-user", ("10.0.0.7/32",))


def test_no_proxy_is_believed_unless_it_is_named() -> None:
    tokens: Data = [{"name": "ana", "role": "operator", "sha256": DIGEST}]
    found = statements(tokens=tokens, identity={"header": "x-user", "from": []})
    assert [path for path, _ in found] == ["admin.identity.from"]


def test_certificates_for_operators_are_looked_at(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own = authority.issue("DNS:admin")
    tls: dict[str, Data] = {
        "cert": str(own.certificate_path),
        "key": str(own.key_path),
        "client_ca": str(own.certificate_path),
    }
    settings = examined_at(tmp_path, admin={"tls": tls}).settings
    assert settings is not None
    assert settings.admin.tls is not None
    assert settings.admin.tls.cert.text == own.certificate
    other = authority.issue("DNS:other")
    wrong: Data = {**tls, "key": str(other.key_path)}
    ((path, statement),) = problems_in(tmp_path, admin={"tls": wrong})
    assert path == "admin.tls.key"
    assert statement.endswith("does not belong to the certificate")


def test_a_webhook_is_told_everything_unless_it_says_what() -> None:
    (hook,) = admin_of(webhooks=[HOOK]).webhooks
    assert hook.events == ("release", "rollback", "alert")
    assert not hook.allow_private
    (hook,) = admin_of(webhooks=[{**HOOK, "events": ["rollback"]}]).webhooks
    assert hook.events == ("rollback",)


def test_secrets_do_not_show_in_what_is_printed() -> None:
    admin = admin_of(
        tokens=[{"name": "ana", "role": "operator", "sha256": DIGEST}],
        webhooks=[{**HOOK, "url": "https://chat.example.com/T0/B0/KEY"}],
    )
    assert not any(secret in repr(admin) for secret in (DIGEST, SIGNED, "KEY"))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "localhost"])
def test_a_webhook_does_not_lead_to_this_machine_unless_it_may(host: str) -> None:
    hook: dict[str, Data] = {**HOOK, "url": f"http://{host}/hook"}
    assert statements(webhooks=[hook]) == [
        (
            "admin.webhooks[0].url",
            (
                "saw a value that is not shown, allowed is another machine's address, or "
                "`allow_private: true` beside it"
            ),
        )
    ]
    assert admin_of(webhooks=[{**hook, "allow_private": True}]).webhooks[0].allow_private


def test_neither_a_hooks_url_nor_its_secret_are_repeated() -> None:
    hook: Data = {"url": "https://chat.example.com/KEY#x", "secret": "${HOOK}"}
    problems = examined_in({"HOOK": "short-KEY"}, admin={"webhooks": [hook]}).problems
    assert [problem.path for problem in problems] == [
        "admin.webhooks[0].secret",
        "admin.webhooks[0].url",
    ]
    assert "KEY" not in str(problems)
