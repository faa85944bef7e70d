from dataclasses import replace
from pathlib import Path

import pytest

from router.control.certificates import Renewed, renewed
from router.routing.snapshot import (
    Endpoint,
    ListenerTls,
    Match,
    Service,
    Snapshot,
    Split,
    Upstream,
    UpstreamTls,
)
from tests.support.certificates import Authority


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    return [authority.issue(f"DNS:{name}").certificate for name in ("old", "new")]


def snapshot(listener: str, *, own: str = "", ca: str = "") -> Snapshot:
    legacy = Upstream((Endpoint("a", 1),))
    ai = replace(legacy, tls=UpstreamTls(certificate=own, ca=ca))
    service = Service("support", Match(), legacy, ai, Split("salt"))
    return Snapshot(1, (service,), tls=ListenerTls(listener, "key") if listener else None)


def test_certificates_that_stay_are_not_named(texts: list[str]) -> None:
    old, _ = texts
    same = snapshot(old, own=old, ca=old)
    assert renewed(same, same) == ()


def test_each_place_where_another_one_stands_is_named(texts: list[str]) -> None:
    old, new = texts
    found = renewed(snapshot(old, own=old, ca=old), snapshot(new, own=new, ca=new))
    assert [each.place for each in found] == [
        "proxy.tls.cert",
        "support.ai.tls.cert",
        "support.ai.tls.ca",
    ]
    assert {each.subject for each in found} == {"CN=test"}
    assert all(each.expires is not None and each.expires.endswith("Z") for each in found)


def test_a_certificate_where_there_was_none_is_not_a_renewed_one(texts: list[str]) -> None:
    old, new = texts
    assert renewed(snapshot(""), snapshot(new, own=new)) == ()
    assert renewed(snapshot(old, own=old), snapshot("")) == ()


def test_of_a_chain_the_first_one_counts(tmp_path: Path, texts: list[str]) -> None:
    old, new = texts
    authority = Authority(tmp_path, "root")
    (found,) = renewed(snapshot(old), snapshot(new + authority.pem))
    assert found.subject == "CN=test"


def test_what_cannot_be_read_is_named_without_its_subject(texts: list[str]) -> None:
    foreign = "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n"
    assert renewed(snapshot(texts[0]), snapshot(foreign)) == (Renewed("proxy.tls.cert"),)
