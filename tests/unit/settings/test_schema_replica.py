from pathlib import Path

import pytest

from router.model import Address
from router.settings.problems import Data
from router.settings.schema_replica import ReplicaSettings
from tests.support.certificates import Authority
from tests.unit.settings.configs import (
    examined_at,
    examined_in,
    problems_in,
    problems_of,
    settings_of,
)

SHARED_KEY = "a-secret-that-has-32-characters!"


def replica_of(**keys: Data) -> ReplicaSettings:
    return settings_of(replica=keys).replica


def test_a_router_is_alone_unless_it_says_otherwise() -> None:
    replica = ReplicaSettings()
    assert (replica.name, replica.listen, replica.advertise) == (None, None, None)
    assert (replica.tls, replica.secret) == (None, None)


def test_a_replica_says_who_it_is_and_where_it_is_found() -> None:
    replica = replica_of(
        name="r1", listen="10.0.0.3:9902", advertise="http://r1.internal:9902/", secret=SHARED_KEY
    )
    assert (replica.name, replica.listen) == ("r1", Address("10.0.0.3", 9902))
    assert (replica.advertise, replica.secret) == ("http://r1.internal:9902", SHARED_KEY)


def test_the_secret_may_come_from_the_environment() -> None:
    settings = examined_in({"PEER": SHARED_KEY}, replica={"secret": "${PEER}"}).settings
    assert settings is not None
    assert settings.replica.secret == SHARED_KEY


def test_a_secret_that_is_missing_or_short_is_never_repeated() -> None:
    for environ in ({}, {"PEER": "short-KEY"}):
        problems = examined_in(environ, replica={"secret": "${PEER}-KEY"}).problems
        assert {problem.path for problem in problems} == {"replica.secret"}
        assert "KEY" not in str(problems)


def test_the_secret_does_not_show_in_what_is_printed() -> None:
    assert SHARED_KEY not in repr(replica_of(secret=SHARED_KEY))


@pytest.mark.parametrize("name", ["", "r 1", "-r", "r" * 64, "r/1", 5])
def test_a_name_is_short_and_plain(name: Data) -> None:
    assert [path for path, _ in problems_of(replica={"name": name})] == ["replica.name"]


def test_other_machines_reach_no_unix_socket() -> None:
    ((path, statement),) = problems_of(replica={"listen": "unix:/run/x.sock", "secret": SHARED_KEY})
    assert path == "replica.listen"
    assert statement.endswith("(other machines reach no Unix socket)")


def test_certificates_of_replicas_are_looked_at(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    own, other = authority.issue("DNS:r1"), authority.issue("DNS:r2")
    tls: dict[str, Data] = {
        "cert": str(own.certificate_path),
        "key": str(own.key_path),
        "client_ca": str(own.certificate_path),
    }
    settings = examined_at(tmp_path, replica={"tls": tls}).settings
    assert settings is not None
    assert settings.replica.tls is not None
    assert settings.replica.tls.cert.text == own.certificate
    wrong: Data = {**tls, "key": str(other.key_path)}
    ((path, statement),) = problems_in(tmp_path, replica={"tls": wrong})
    assert path == "replica.tls.key"
    assert statement.endswith("does not belong to the certificate")
