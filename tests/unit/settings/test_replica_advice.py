from pathlib import Path

from router.settings.problems import Data
from tests.support.certificates import Authority
from tests.unit.settings.configs import examined_at, service, warnings_of

QUIET: Data = {"key": "header:x-user-id", "cache": "private"}
SHARED = "rediss://redis.internal"
SHARED_KEY = "a-secret-that-has-32-characters!"


def advice_on(store: str = SHARED, /, **replica: Data) -> list[tuple[str, str]]:
    return warnings_of(service(split=QUIET), store={"url": store}, replica=replica)


def test_a_rollback_that_needs_the_store_is_warned_of() -> None:
    ((path, statement),) = advice_on()
    assert path == "store.url"
    assert "with `replica.listen` also while it is away" in statement


def test_a_listener_that_nobody_finds_is_warned_of() -> None:
    ((path, statement),) = advice_on(listen="127.0.0.1:9902", secret=SHARED_KEY)
    assert path == "replica.listen"
    assert statement.startswith("nobody is told of it")


def test_an_address_that_means_another_machine_to_each_is_warned_of() -> None:
    keys: dict[str, Data] = {"listen": "127.0.0.1:9902", "secret": SHARED_KEY}
    ((path, statement),) = advice_on(**keys, advertise="http://localhost:9902")
    assert path == "replica.advertise"
    assert statement.startswith("only this machine finds it there")


def test_clear_text_between_machines_is_allowed_and_warned_of(tmp_path: Path) -> None:
    keys: dict[str, Data] = {"listen": "0.0.0.0:9902", "secret": SHARED_KEY}
    ((path, statement),) = advice_on(**keys, advertise="http://r1.internal:9902")
    assert path == "replica.listen"
    assert statement.startswith("without TLS: nobody can forge a rollback")
    own = Authority(tmp_path).issue("DNS:r1.internal")
    tls: Data = {"cert": str(own.certificate_path), "key": str(own.key_path)}
    encrypted: Data = {**keys, "advertise": "https://r1.internal:9902", "tls": tls}
    examination = examined_at(
        tmp_path, service(split=QUIET), store={"url": SHARED}, replica=encrypted
    )
    assert examination.problems == examination.warnings == ()


def test_a_listener_of_a_router_that_is_alone_is_warned_of() -> None:
    ((path, statement),) = advice_on("sqlite:///x.db", listen="0.0.0.0:9902", secret=SHARED_KEY)
    assert path == "replica.listen"
    assert statement == "unused: with this store there are no other replicas"
    assert advice_on("sqlite:///x.db") == []
