from pathlib import Path

import orjson
import pytest

from router.model import BasisPoints, Variant
from router.release.plan import ReleasePlan
from router.release.state import Release, Status
from router.replica.lease import Lease, may_ask_ai
from router.routing.snapshot import (
    AccessLog,
    Condition,
    CookiePolicy,
    Ejection,
    Endpoint,
    Force,
    HeaderPolicy,
    Limits,
    ListenerTls,
    Match,
    Place,
    PlaceKind,
    Rate,
    Rule,
    Service,
    Snapshot,
    Split,
    Upstream,
    UpstreamTls,
)
from router.settings.compile import compile_plan, compile_snapshot
from router.settings.fingerprint import config_hash
from router.settings.load import examine_text
from router.settings.problems import Data
from router.settings.release_windows import read_window
from tests.support.certificates import Authority
from tests.unit.settings.configs import AI, service, settings_of


def split_of(**keys: Data) -> Split:
    return compile_snapshot(settings_of(service(split=keys)), {}, 1).services[0].split


def test_the_least_config_becomes_a_snapshot_of_defaults() -> None:
    settings = settings_of(service())
    assert compile_snapshot(settings, {}, 7) == Snapshot(
        version=7,
        services=(
            Service(
                name="support",
                match=Match(),
                legacy=Upstream((Endpoint("127.0.0.1", 9001),)),
                ai=Upstream((Endpoint("127.0.0.1", 9002),)),
                split=Split(salt="support"),
            ),
        ),
        config_hash=config_hash(settings),
    )


def test_a_release_decides_share_and_order() -> None:
    releases = {
        "support": Release("support", Status.ROLLING, BasisPoints(1234), epoch=2, revision=9)
    }
    compiled = compile_snapshot(settings_of(service()), releases, 1).services[0]
    assert (compiled.share, compiled.epoch, compiled.revision) == (1234, 2, 9)


@pytest.mark.parametrize(
    ("release", "is_barred"),
    [
        (Release("support"), False),
        (Release("support", Status.ROLLING, BasisPoints(1)), False),
        (Release("support", Status.ROLLED_BACK), True),
    ],
)
def test_after_a_rollback_no_rule_reaches_ai(release: Release, is_barred: bool) -> None:
    compiled = compile_snapshot(settings_of(service()), {"support": release}, 1).services[0]
    assert compiled.rolled_back is is_barred


@pytest.mark.parametrize("on_partition", ["legacy", "hold"])
@pytest.mark.parametrize(
    "release",
    [
        Release("support"),
        Release("support", Status.ROLLING, BasisPoints(10_000)),
        Release("support", Status.PAUSED, BasisPoints(10_000)),
        Release("support", Status.COMPLETE, BasisPoints(10_000)),
        Release("support", Status.ROLLED_BACK),
    ],
    ids=lambda release: release.status,
)
def test_a_service_holds_on_where_the_law_lets_it(release: Release, on_partition: str) -> None:
    settings = settings_of(service(release={"on_partition": on_partition}))
    compiled = compile_snapshot(settings, {"support": release}, 1).services[0]
    is_over = Lease(15.0, until=1.0)
    is_kept = may_ask_ai(release, is_over, 2.0, holds_on=on_partition == "hold")
    assert compiled.holds_on is is_kept


def test_the_stages_of_a_service_are_its_plan() -> None:
    settings = settings_of(
        service(release={"stages": ["0.5%", 20]}), service("orders", match={"paths": ["/o"]})
    )
    assert [compile_plan(each).stages for each in settings.services] == [
        (50, 2000),
        (500, 2000, 5000, 10_000),
    ]


def test_a_plan_holds_all_that_a_raise_must_heed() -> None:
    window = "fri 16:00 - mon 08:00 Europe/Paris"
    release: Data = {
        "stages": [50],
        "max_step": 30,
        "approvals": 2,
        "require_reason": True,
        "no_raise": [window],
        "require": {"drill": "30d"},
        "on_partition": "hold",
    }
    (support,) = settings_of(
        service(release=release, shadow={"send": "both", "sample": 10})
    ).services
    assert compile_plan(support) == ReleasePlan(
        stages=(BasisPoints(5000),),
        max_step=BasisPoints(3000),
        approvals=2,
        require_reason=True,
        no_raise=(read_window(window),),
        drill_within=30 * 86_400.0,
        holds_on=True,
        sample=BasisPoints(1000),
    )


def test_a_service_without_a_release_stands_at_zero() -> None:
    releases = {"other": Release("other", Status.ROLLING, BasisPoints(5000))}
    assert compile_snapshot(settings_of(service()), releases, 1).services[0].share == 0


def test_services_keep_the_order_of_the_file() -> None:
    settings = settings_of(
        service("b", match={"paths": ["/b"]}), service("a", match={"paths": ["/a"]})
    )
    assert [it.name for it in compile_snapshot(settings, {}, 1).services] == ["b", "a"]


def test_everything_about_the_proxy_is_carried_over() -> None:
    settings = settings_of(
        service(),
        proxy={
            "trusted_proxies": ["10.0.0.0/8"],
            "limits": {
                "header_bytes": "32KiB",
                "header_count": 50,
                "body": "1MiB",
                "header_timeout": "1s",
                "idle_timeout": "2s",
                "connections": 10,
                "rate": {"key": "header:X-Key", "per_second": 5, "burst": 9},
            },
            "buffers": "1MiB",
            "access_log": "sampled",
            "headers": {"prefix": "X-Roll-", "expose": ["error"], "expose_to": ["::1"]},
            "request_id": {"header": "X-Id", "from": "trusted"},
            "drain_timeout": "0s",
        },
    )
    snapshot = compile_snapshot(settings, {}, 1)
    assert snapshot.trusted_proxies == ("10.0.0.0/8",)
    assert snapshot.limits == Limits(
        32_768, 50, 1 << 20, 1.0, 2.0, 10, Rate(Place(PlaceKind.HEADER, "x-key"), 5.0, 9.0), 1 << 20
    )
    assert snapshot.access_log is AccessLog.SAMPLED
    assert snapshot.headers == HeaderPolicy("x-roll-", ("error",), ("::1/128",), "x-id", False)
    assert snapshot.drain_timeout == 0


def test_everything_about_a_variant_is_carried_over() -> None:
    legacy: Data = {
        "endpoints": ["http://a:1", "https://b"],
        "connect_timeout": "1s",
        "first_byte_timeout": "2s",
        "idle_timeout": "3s",
        "pool": {"max_connections": 4, "max_pending": 5, "idle": "6s"},
        "retry": {"attempts": 7, "backoff": "80ms"},
        "ejection": {"consecutive": 9, "base": "10s", "max_percent": 12.5},
        "slow_start": "11s",
        "tls": {"server_name": "C", "verify": False},
    }
    compiled = compile_snapshot(settings_of(service(legacy=legacy)), {}, 1).services[0].legacy
    endpoints = (Endpoint("a", 1), Endpoint("b", 443, is_tls=True))
    tls = UpstreamTls(verify=False, server_name="c")
    ejection = Ejection(9, 10.0, 12.5)
    assert compiled == Upstream(endpoints, 1.0, 2.0, 3.0, 4, 5, 6.0, 7, 0.08, tls, ejection, 11.0)


@pytest.mark.parametrize(("per_second", "burst"), [(50, 50.0), (0.5, 1.0)])
def test_a_rate_lets_a_seconds_requests_pass_at_once_but_never_less_than_one(
    per_second: float, burst: float
) -> None:
    settings = settings_of(service(), proxy={"limits": {"rate": {"per_second": per_second}}})
    assert compile_snapshot(settings, {}, 1).limits.rate == Rate(
        Place(PlaceKind.CLIENT_IP), per_second, burst
    )


def test_certificates_are_carried_over_as_texts(tmp_path: Path) -> None:
    certificate = Authority(tmp_path).issue("DNS:a")
    (tmp_path / "tls.crt").write_text(f"a note\n{certificate.certificate}")
    (tmp_path / "tls.key").write_text(certificate.key)
    tls: dict[str, Data] = {"cert": "tls.crt", "key": "tls.key"}
    config = {
        "proxy": {"tls": tls},
        "services": [service(ai={**AI, "tls": {**tls, "ca": "tls.crt"}})],
    }
    settings = examine_text(orjson.dumps(config), {}, "x", tmp_path).settings
    assert settings is not None
    snapshot = compile_snapshot(settings, {}, 1)
    pair = (certificate.certificate, certificate.key)
    assert snapshot.tls == ListenerTls(*pair)
    assert snapshot.services[0].ai.tls == UpstreamTls(
        ca=certificate.certificate, certificate=pair[0], key=pair[1]
    )


def test_a_match_is_carried_over() -> None:
    match: Data = {
        "hosts": ["A.com"],
        "paths": ["/v1/*"],
        "methods": ["POST"],
        "headers": {"X-Tenant": "Acme"},
    }
    assert compile_snapshot(settings_of(service(match=match)), {}, 1).services[0].match == Match(
        ("a.com",), ("/v1/*",), ("POST",), (("x-tenant", "Acme"),)
    )


def test_keys_cookie_and_salt_are_carried_over() -> None:
    assert split_of(key="cookie:id", cookie={"max_age": "1d"}, salt="s") == Split(
        salt="s", keys=(Place(PlaceKind.COOKIE, "id"),), cookie=CookiePolicy("gray_id", 86_400)
    )


def test_rules_are_carried_over_in_order() -> None:
    rules: Data = [
        {
            "when": {
                "header": {"X-A": "1"},
                "cookie": {"b": "2"},
                "query": {"c": "3"},
                "json": {"/d": 4, "/e": None},
                "cidr": ["10.0.0.1"],
            },
            "variant": "legacy",
        },
        {"when": {"query": {"c": ""}}, "variant": "ai"},
    ]
    assert split_of(rules=rules).rules == (
        Rule(
            Condition(
                headers=(("x-a", "1"),),
                cookies=(("b", "2"),),
                query=(("c", "3"),),
                json=(("/d", 4), ("/e", None)),
                cidrs=("10.0.0.1/32",),
            ),
            Variant.LEGACY,
        ),
        Rule(Condition(query=(("c", ""),)), Variant.AI),
    )


def test_force_takes_the_routers_own_header_unless_another_is_written() -> None:
    assert split_of(force={"from": ["::1"]}).force == Force("x-gray-variant", ("::1/128",))
    assert split_of(force={"from": ["::1"], "header": "X-V"}).force == Force("x-v", ("::1/128",))
    settings = settings_of(
        service(split={"force": {"from": ["::1"]}}), proxy={"headers": {"prefix": "x-roll-"}}
    )
    force = compile_snapshot(settings, {}, 1).services[0].split.force
    assert force == Force("x-roll-variant", ("::1/128",))


@pytest.mark.parametrize(
    ("cache", "is_private"), [("private", True), ("off", False), (None, False)]
)
def test_answers_are_private_only_on_demand(cache: Data, is_private: bool) -> None:
    assert split_of(cache=cache).cache_private is is_private


def test_fallback_can_be_switched_off() -> None:
    fallback: Data = {"on": [], "replay_buffer": 0}
    compiled = compile_snapshot(settings_of(service(fallback=fallback)), {}, 1).services[0]
    assert not compiled.fall_back_on_connect
    assert compiled.replay_buffer == 0
