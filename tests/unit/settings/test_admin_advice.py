import hashlib
from pathlib import Path

from router.settings.problems import Data
from tests.support.certificates import Authority
from tests.unit.settings.configs import examined_at, service, warnings_of

OPEN = "0.0.0.0:9900"
SIGNED = "a-secret-of-some-length"
QUIET: Data = {"key": "header:x-user-id", "cache": "private"}


def token(name: str, role: str = "operator", **keys: Data) -> dict[str, Data]:
    return {"name": name, "role": role, "sha256": hashlib.sha256(name.encode()).hexdigest(), **keys}


def advice_on(release: Data = None, **admin: Data) -> list[tuple[str, str]]:
    return warnings_of(service(split=QUIET, release=release), admin=admin)


def test_an_open_address_without_tokens_is_warned_of() -> None:
    ((path, statement),) = advice_on(listen=OPEN, insecure=True)
    assert path == "admin.insecure"
    assert statement.startswith("whoever reaches admin.listen may move releases")
    assert advice_on(insecure=True) == []


def test_tokens_in_clear_text_are_warned_of(tmp_path: Path) -> None:
    admin: dict[str, Data] = {"listen": OPEN, "tokens": [token("ana")]}
    ((path, statement),) = advice_on(**admin)
    assert path == "admin.listen"
    assert statement.startswith("tokens pass in clear text")
    own = Authority(tmp_path).issue("DNS:admin")
    admin["tls"] = {"cert": str(own.certificate_path), "key": str(own.key_path)}
    found = examined_at(tmp_path, service(split=QUIET), admin=admin)
    assert found.problems == found.warnings == ()


def test_a_proxy_that_may_be_anybody_is_warned_of() -> None:
    networks: Data = ["10.0.0.7", "10.0.0.0/8"]
    found = advice_on(identity={"header": "x-user", "from": networks}, tokens=[token("ana")])
    assert [path for path, _ in found] == ["admin.identity.from[1]"]


def test_a_hook_in_clear_text_is_warned_of() -> None:
    found = advice_on(webhooks=[{"url": "http://10.0.0.5/hook", "secret": SIGNED}])
    assert [path for path, _ in found] == ["admin.webhooks[0].url"]
    assert advice_on(webhooks=[{"url": "https://10.0.0.5/hook", "secret": SIGNED}]) == []


def test_where_nobody_is_left_to_approve_is_warned_of() -> None:
    two: Data = {"approvals": 2}
    path = "services[0].release.approvals"
    ((found, statement),) = advice_on(two)
    assert (found, statement.split()[0]) == (path, "none")
    ((found, statement),) = advice_on(two, tokens=[token("ana"), token("ben", "viewer")])
    assert (found, statement.split()[0]) == (path, "1")
    assert advice_on(two, tokens=[token("ana"), token("ben", "admin")]) == []


def test_a_caller_of_all_services_or_of_this_one_may_approve() -> None:
    tokens: Data = [token("ana", services=["support"]), token("ben")]
    assert advice_on({"approvals": 2}, tokens=tokens) == []


def test_a_store_that_forgets_is_warned_of() -> None:
    ((path, _),) = warnings_of(service(split=QUIET), store={"url": "memory:"})
    assert path == "store.url"


def test_a_redis_that_is_asked_in_clear_text_is_warned_of() -> None:
    def paths(url: str) -> list[str]:
        found = warnings_of(service(split=QUIET), store={"url": url})
        return [path for path, statement in found if statement.startswith("without TLS")]

    assert paths("redis://:word@10.0.0.5") == ["store.url"]
    assert paths("redis+sentinel://127.0.0.1,10.0.0.5/main") == ["store.url"]
    assert paths("rediss://:word@10.0.0.5") == []
    assert paths("redis://:word@localhost") == []
